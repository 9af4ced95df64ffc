import { describeEngine } from '../../contracts/engine-contract.ts';

process.env['TF_CPP_MIN_LOG_LEVEL'] = '2';

describeEngine('tfjs-node', [
  { network: 'compact', batchSize: 16, isTriedInProcesses: true },
  { network: 'reference', batchSize: 16, isTriedInProcesses: true },
]);
