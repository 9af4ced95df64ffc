import { expect, it } from 'vitest';
import { parseListAnswer } from '../../artifacts/list-answer.ts';

const answer = (entries: string, more = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>` +
  `<Prefix></Prefix><KeyCount>1</KeyCount>${more}${entries}</ListBucketResult>`;
const entry = (key: string): string =>
  `<Contents><Key>${key}</Key><LastModified>2026-11-26T01:02:03.456Z</LastModified><ETag>&#34;abc&#34;</ETag>` +
  `<Size>7</Size><Owner><ID>x</ID><DisplayName>Key</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents>`;
const keysOf = (xml: string): string[] => parseListAnswer(xml).objects.map(({ key }) => key);

it('reads key, size, ETag and time', () => {
  expect(parseListAnswer(answer(entry('a/b')))).toEqual({
    objects: [{ key: 'a/b', sizeBytes: 7, etag: 'abc', lastModified: new Date('2026-11-26T01:02:03.456Z') }],
    isTruncated: false,
  });
  expect(parseListAnswer(answer('', '<IsTruncated>true</IsTruncated>'))).toEqual({ objects: [], isTruncated: true });
});

it('decodes keys where the answer says that they are encoded, and only there', () => {
  const encoded = '<EncodingType>url</EncodingType>';
  expect(keysOf(answer(entry('runs/a%2520b/c+d'), encoded))).toEqual(['runs/a%20b/c d']);
  expect(keysOf(answer(entry('runs/a%20b/c+d')))).toEqual(['runs/a%20b/c+d']);
});

it('knows the entities of XML', () => {
  expect(keysOf(answer(entry('a&amp;b&lt;c&gt;&quot;&apos;&#233;&#x1F600;')))).toEqual(['a&b<c>"\'é😀']);
});

it('refuses what is no listing', () => {
  expect(() => parseListAnswer('<Error><Code>SlowDown</Code></Error>')).toThrow(/expected a ListBucketResult/);
});
