import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classNameOf, findClassFolders, groupOf, isClutter } from '../../../activities/sources/class-folders.ts';
import { sortClasses } from '../../../activities/sources/source.ts';

const find = (files: string[], folders: string[] = []) => findClassFolders(files, folders, 'set');

describe('class folders', () => {
  it('are found at any depth, and name the digits of Char74K', () => {
    const found = find(['English/Fnt/Sample001/a.png', 'English/Fnt/Sample010/b.png', 'English/Fnt/Sample011/c.png']);
    expect(found.classes).toEqual(['0', '9', 'Sample011']);
    expect(found.classOf('English/Fnt/Sample010/b.png')).toBe('9');
    expect(found.shortName('English/Fnt/Sample010/b.png')).toBe('Sample010/b.png');
  });

  it('leave out files that lie elsewhere, wherever most files are', () => {
    const found = find(['README.txt', 'set/0/a.png', 'set/1/a.png', 'set/1/deep/b.png', 'other/x/a.png']);
    expect(found.classes).toEqual(['0', '1']);
    for (const path of ['README.txt', 'set/1/deep/b.png', 'other/x/a.png']) expect(found.classOf(path)).toBeUndefined();
  });

  it('are sorted: digits, names, none', () => {
    expect(sortClasses(['none', 'b', '10', '9', 'a', '0', 'a'])).toEqual(['0', '9', '10', 'a', 'b', 'none']);
  });

  it('are refused when there is no file, one class, or a class without files', () => {
    expect(() => find([])).toThrow(/set: expected one folder a class with images, got no file/);
    expect(() => find(['a.png', 'b.png'])).toThrow(/expected 2 to 256 class folders side by side, got 0/);
    expect(() => find(['0/a.png'])).toThrow(/got 1 in the top folder \(0\)/);
    expect(() => find(['0/a.png', '1/a.png'], ['0', '1', '2'])).toThrow(/got none in 2/);
    expect(() => find(Array.from({ length: 257 }, (_, i) => `${i}/a.png`))).toThrow(/got 257/);
  });

  it('take any names without failing in another way', () => {
    const name = fc.stringMatching(/^[a-z0-9 ._-]{1,6}$/);
    fc.assert(
      fc.property(fc.array(fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))), (files) => {
        try {
          const found = find(files);
          for (const file of files) expect([undefined, ...found.classes]).toContain(found.classOf(file));
        } catch (error) {
          expect(['EmptyDataset', 'WrongClassCount', 'EmptyClass']).toContain((error as Error).name);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe('names', () => {
  it('tell four consecutive numbers of Char74K to be one typeface', () => {
    const groups = [1, 4, 5, 8, 9].map((n) => groupOf(`img003-${String(n).padStart(5, '0')}.png`));
    expect(groups).toEqual(['typeface 1', 'typeface 1', 'typeface 2', 'typeface 2', 'typeface 3']);
    for (const other of ['img003-001.png', 'a.png', 'img003-00001']) expect(groupOf(other)).toBeUndefined();
  });

  it('map Sample001 … Sample010 and no other', () => {
    expect(['Sample001', 'Sample010', 'Sample011', 'Sample000', 'Sample1', '7'].map(classNameOf)).toEqual([
      '0',
      '9',
      'Sample011',
      'Sample000',
      'Sample1',
      '7',
    ]);
  });

  it('of clutter are passed over', () => {
    expect(['.DS_Store', 'a/._b.png', '__MACOSX/0/a.png', 'a/Thumbs.db'].every(isClutter)).toBe(true);
    expect(isClutter('0/a.png')).toBe(false);
  });
});
