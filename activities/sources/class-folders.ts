// Which files of a tree are images of which class: one folder a class, all classes side by side, at any depth.

import { EmptyClass, EmptyDataset, WrongClassCount } from '../errors.ts';
import { sortClasses } from './source.ts';

/** A label is a byte. */
const MAX_CLASSES = 256;

export interface ClassFolders {
  /** In the order of labels. */
  classes: string[];
  /** The class of a file; undefined for files outside the class folders. */
  classOf(path: string): string | undefined;
  /** The path of a file from the folder that holds the class folders. */
  shortName(path: string): string;
}

/** Files that tools leave behind; they are passed over without a word. */
export function isClutter(path: string): boolean {
  return path
    .split('/')
    .some((part) => part.startsWith('.') || part === '__MACOSX' || part === 'Thumbs.db' || part === 'desktop.ini');
}

/** `Sample001` … `Sample010` are the digits 0 … 9 (Char74K); other folders are classes by their own names. */
export function classNameOf(folder: string): string {
  const number = Number(/^Sample0(0[1-9]|10)$/.exec(folder)?.[1]);
  return Number.isNaN(number) ? folder : String(number - 1);
}

/**
 * The group of a file by its name: in Char74K's printed characters `img001-00001.png` four consecutive numbers are the
 * four styles of one typeface. Undefined for all other names.
 */
export function groupOf(fileName: string): string | undefined {
  const number = /^img\d{3}-(\d{5})\.[^.]+$/.exec(fileName)?.[1];
  return number === undefined ? undefined : `typeface ${Math.ceil(Number(number) / 4)}`;
}

/**
 * Finds the folder that holds the class folders: the grandparent of most files.
 * @param files paths with `/`, clutter left out
 * @param folders paths of folders, where the source lists them: a class folder may be empty
 * @param where names the source in errors
 * @throws EmptyDataset, WrongClassCount, EmptyClass
 */
export function findClassFolders(files: readonly string[], folders: Iterable<string>, where: string): ClassFolders {
  if (files.length === 0) throw new EmptyDataset(`${where}: expected one folder a class with images, got no file`);
  const filesBelow = new Map<string, number>();
  for (const file of files) {
    const above = parentOf(parentOf(file));
    if (above !== undefined) filesBelow.set(above, (filesBelow.get(above) ?? 0) + 1);
  }
  const [root = ''] = [...filesBelow].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0] ?? [];
  const folderOf = (file: string): string | undefined => {
    const folder = parentOf(file);
    return folder !== undefined && folder !== '' && parentOf(folder) === root ? folder : undefined;
  };
  const full = new Set(files.map(folderOf).filter((folder) => folder !== undefined));
  const classOf = (file: string): string | undefined => {
    const folder = folderOf(file);
    return folder === undefined ? undefined : classNameOf(baseOf(folder));
  };
  const classes = sortClasses([...full].map((folder) => classNameOf(baseOf(folder))));
  const occupied = new Set(files.map((file) => childOf(root, file)));
  for (const folder of folders) {
    if (folder !== '' && !isClutter(folder) && parentOf(folder) === root && !occupied.has(folder)) {
      throw new EmptyClass(`${where}: expected at least one image in each class folder, got none in ${folder}`);
    }
  }
  if (classes.length < 2 || classes.length > MAX_CLASSES) {
    throw new WrongClassCount(
      `${where}: expected 2 to ${MAX_CLASSES} class folders side by side, got ${classes.length} in ${root || 'the top folder'}` +
        (classes.length === 0 ? '' : ` (${classes.slice(0, 5).join(', ')})`),
    );
  }
  return { classes, classOf, shortName: (path) => (root === '' ? path : path.slice(root.length + 1)) };
}

/** The folder of a path: '' for the top, undefined above it. */
function parentOf(path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The child of `root` that a file lies in or is; undefined for files elsewhere. */
function childOf(root: string, file: string): string | undefined {
  const start = root === '' ? 0 : root.length + 1;
  if (root !== '' && !file.startsWith(`${root}/`)) return undefined;
  const end = file.indexOf('/', start);
  return end < 0 ? undefined : file.slice(0, end);
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
