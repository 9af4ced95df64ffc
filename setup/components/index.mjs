// The native components of the stack: had by the first way that works, side by side.

import { createContext } from './shared/context.mjs';
import { ComponentsUnavailable, messageOf, NamedComponentFailed } from './shared/errors.mjs';
import { find, provide } from './shared/ways.mjs';
import { chromium } from './chromium.mjs';
import { minio } from './minio.mjs';
import { temporal } from './temporal.mjs';
import { tfjsNode } from './tfjs-node.mjs';
import { versitygw } from './versitygw.mjs';

const COMPONENTS = [temporal, minio, tfjsNode];
/** Had when asked for by name; a machine that runs the stack is not complained about for want of them. */
const FOR_TESTS = [chromium, versitygw];

/** As the value of an optional component's variable: nobody looks for it. */
export const DO_WITHOUT = 'none';

/** What a set-up that goes on without TensorFlow's library says. */
export const WITHOUT_TENSORFLOW =
  "Going on without TensorFlow's library: this machine trains with the engine wasm, some times slower. " +
  '`npm run setup` says what is missing.';

/** The names that `prepareComponents` takes. */
export const COMPONENT_NAMES = [...COMPONENTS, ...FOR_TESTS].map(({ name }) => name);

/**
 * Makes components available. Safe to repeat and to run in several processes at once. The types, and what is
 * guaranteed, stand in index.d.mts.
 * @type {typeof import('./index.d.mts').prepareComponents}
 */
export async function prepareComponents(
  names,
  { report = () => {}, components = [...COMPONENTS, ...FOR_TESTS], optional = [], ...options } = {},
) {
  const isOptional = (/** @type {import('./shared/ways.mjs').Component} */ { name }) =>
    optional.some((each) => each === name);
  const context = createContext(options);
  const chosen = choose(names, components).filter(
    (component) => !(isOptional(component) && context.environment[component.variable] === DO_WITHOUT),
  );
  try {
    const outcomes = await Promise.allSettled(chosen.map((component) => provideAndReport(component, context, report)));
    const failures = outcomes.flatMap((outcome, index) => {
      const component = chosen[index];
      if (outcome.status === 'fulfilled' || component === undefined) return [];
      const isWanted = !isOptional(component) || outcome.reason instanceof NamedComponentFailed;
      return isWanted ? [outcome.reason] : [];
    });
    context.signal?.throwIfAborted();
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new ComponentsUnavailable(failures);
    return /** @type {any} */ (
      Object.fromEntries(
        outcomes.flatMap((outcome, index) =>
          outcome.status === 'fulfilled' ? [[chosen[index]?.name, outcome.value]] : [],
        ),
      )
    );
  } finally {
    await context.close();
  }
}

/**
 * Looks for every component and makes nothing.
 * @type {typeof import('./index.d.mts').describeComponents}
 */
export async function describeComponents({ components = COMPONENTS, ...options } = {}) {
  const context = createContext({ ...options, triesAnew: true });
  const described = await Promise.all(
    components.map(async (component) => {
      const { name, title } = component;
      try {
        const { prepared, tried } = await find(component, context, () => {});
        return { name, title, found: prepared !== undefined, ...prepared, tried };
      } catch (error) {
        if (!(error instanceof NamedComponentFailed)) throw error;
        return { name, title, found: false, tried: [{ way: 'environment', reason: error.message }] };
      }
    }),
  );
  return /** @type {import('./index.d.mts').ComponentDescription[]} */ (described);
}

/**
 * @param {readonly string[]} names
 * @param {import('./shared/ways.mjs').Component[]} components
 */
function choose(names, components) {
  return [...new Set(names)].map((name) => {
    const component = components.find((one) => one.name === name);
    if (component !== undefined) return component;
    throw new TypeError(`expected one of ${components.map((one) => one.name).join(', ')}, got ${JSON.stringify(name)}`);
  });
}

/**
 * @param {import('./shared/ways.mjs').Component} component
 * @param {import('./shared/context.mjs').Context} context
 * @param {(event: import('./index.d.mts').SetupEvent) => void} report
 */
async function provideAndReport(component, context, report) {
  const { name, title } = component;
  const say = (/** @type {string} */ message) => report({ name, title, state: 'working', message });
  say('looking for it');
  try {
    const prepared = await provide(component, context, say);
    report({ name, title, state: 'ready', message: `${prepared.version} (${prepared.way})` });
    return prepared;
  } catch (error) {
    report({ name, title, state: 'failed', message: messageOf(error).split('\n')[0] ?? '' });
    throw error;
  }
}
