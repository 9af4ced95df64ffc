// A process that adds marks to one object of a file store by compare-and-swap: test/artifacts/file-store.test.ts starts
// several and kills some. Prints each mark once it was told that it is written.

import { createFileStore } from '../../artifacts/file-store.ts';

const [root, key, name] = process.argv.slice(2) as [string, string, string];
const store = createFileStore({ root });
for (let count = 0; ; count++) {
  const mark = `${name}.${count}`;
  for (;;) {
    const current = (await store.get(key))!;
    const next = Buffer.from(`${Buffer.from(current.bytes).toString()} ${mark}`);
    if ((await store.replaceIf(key, next, current.etag)).outcome === 'written') break;
  }
  process.stdout.write(`${mark}\n`);
}
