import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { describeStore } from '../contracts/store-contract.ts';

describeStore('memory', {}, async () => {
  const store = createMemoryStore();
  return {
    store,
    second: store,
    withoutBucket: () => {
      const gone = createMemoryStore();
      gone.removeBucket();
      return gone;
    },
  };
});
