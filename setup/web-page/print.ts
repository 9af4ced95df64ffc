// `npm run build:page`: builds the page unless it stands, and says what it weighs.

import { buildPage } from '../web-page.ts';

const { folder, files, firstViewBytes } = await buildPage();
const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
const lines = files.map(({ path, sizeBytes, compressedBytes, firstView }) =>
  [firstView ? 'first view' : 'later', kilobytes(compressedBytes), `of ${kilobytes(sizeBytes)}`, path].join('\t'),
);
process.stdout.write(`${lines.join('\n')}\n${folder}\nfirst view ${kilobytes(firstViewBytes)} compressed\n`);
