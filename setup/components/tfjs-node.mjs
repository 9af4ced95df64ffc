// TensorFlow for Node: the binding of @tensorflow/tfjs-node with libtensorflow, made once per user and linked into this
// checkout's node_modules, where an ordinary `import '@tensorflow/tfjs-node'` finds it.

import { mkdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { provideCompiler } from './compiler.mjs';
import { readEntry } from './shared/cache.mjs';
import { workshopFolder } from './shared/context.mjs';
import { WayFailed } from './shared/errors.mjs';
import { pinned, pinnedWheel } from './shared/platform.mjs';
import { makeEntry } from './shared/ways.mjs';
import { fetchWheel } from './shared/wheel.mjs';
import { needRoom } from './shared/workshop.mjs';
import { unzip } from './shared/zip.mjs';
import { compileBinding, loadBinding } from './tfjs-node/binding.mjs';
import { isOwnLink, linkBinding, tryPackage } from './tfjs-node/in-package.mjs';

/** The wheel and what is unpacked of it. */
const NEEDED_BYTES = 1.3e9;
/** The only headers the binding's sources include, of 13,000. */
const HEADERS = /^tensorflow\/include\/((tensorflow\/(c|core\/platform)|tsl\/platform|xla\/tsl\/c)\/.*\.h)$/;
const LIBRARIES = /^tensorflow\/(libtensorflow_(cc|framework)\.(so\.2|2\.dylib))$/;
/** The binding speaks Node-API 8, which every Node from 20 on has: one build serves all of them. */
const ABI = 'napi8';

/** Of the npm package whose sources the binding is compiled from; a test holds it to package.json. */
const PACKAGE = pinned.tfjsNode.version;

/** @type {import('./shared/ways.mjs').Component} */
export const tfjsNode = {
  name: 'tfjs-node',
  title: 'TensorFlow',
  variable: 'DIGITFLOW_TFJS_NODE',
  without: 'npm start -- --engine wasm',
  key: ({ platform }) => ({
    component: 'tfjs-node',
    version: `${PACKAGE}+tf${pinned.tensorflow.version}`,
    platform,
    abi: ABI,
  }),
  named: (value, context) => used(resolve(value), context),
  inPlace: [{ name: 'node_modules', use: fromNodeModules }],
  cached: async (folder, context) => {
    await readEntry(folder);
    return used(folder, context);
  },
  makers: [
    {
      name: 'download',
      use: () => {
        throw new WayFailed(
          "left out: the digests of the files that the package's own install script fetches aren't known",
        );
      },
    },
    { name: 'wheel', use: fromWheel },
  ],
};

/**
 * What an install script or a person built there by hand, where nothing is about to replace it.
 * @param {import('./shared/context.mjs').Context} context
 */
async function fromNodeModules(context) {
  if (context.packages.installing) throw new WayFailed('node_modules is being installed anew');
  await context.packages.ready;
  if (await isOwnLink(context.root)) throw new WayFailed('a link made by this setup, which is looked at next');
  return tryPackage(context);
}

/**
 * Puts a folder with a binding to use in this checkout.
 * @param {string} folder holds lib/napi-v8/tfjs_binding.node and what that loads
 * @param {import('./shared/context.mjs').Context} context
 */
async function used(folder, context) {
  await stat(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node')).catch((cause) => {
    throw new WayFailed(`expected lib/napi-v8/tfjs_binding.node in ${folder}, found none`, { cause });
  });
  await context.packages.ready;
  await linkBinding(context.root, folder);
  return tryPackage(context);
}

/**
 * @param {import('./shared/context.mjs').Context} context
 * @param {import('./shared/ways.mjs').Say} say
 */
async function fromWheel(context, say) {
  const { environment, signal } = context;
  const wheel = pinnedWheel('tensorflow', context.platform);
  const workshop = await context.workshop();
  await needRoom(workshop, NEEDED_BYTES);
  const headers = await workshopFolder(context, 'tensorflow-headers');
  // First, so that a machine without a compiler hears of it before 270 MB are fetched.
  const compiler = await provideCompiler(context, say);
  const fill = async (/** @type {string} */ staging) => {
    const file = await fetchWheel(wheel, { workshop, environment, signal, say });
    const libraries = join(staging, 'deps', 'lib');
    await mkdir(libraries, { recursive: true });
    const onProgress = (/** @type {number} */ bytes, /** @type {number} */ total) =>
      say(`unpacking TensorFlow: ${Math.round((100 * bytes) / total)} %`);
    await unzip(file, { to: libraries, signal, onProgress, place: (name) => LIBRARIES.exec(name)?.[1] });
    await unzip(file, { to: headers, signal, place: (name) => HEADERS.exec(name)?.[1] });
    await rm(file);
    say('waiting for the packages');
    await context.packages.ready;
    say(`compiling the binding with ${compiler.name}`);
    const binding = await compileBinding({ compiler, headers, staging, context });
    say('trying it');
    await loadBinding(binding, context);
  };
  const folder = await makeEntry(tfjsNode, context, { way: 'wheel', detail: wheel.filename, fill });
  return tfjsNode.cached(folder, context);
}
