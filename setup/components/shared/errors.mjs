// What can go wrong while a component is looked for or made, as far as a person can act on it.

/** Thrown when one way can't give its component here. The reason is listed, and the next way is tried. */
export class WayFailed extends Error {
  /**
   * @param {string} reason what was expected, what was got, and where; may have several lines
   * @param {{ fix?: string, cause?: unknown }} [options] `fix`: the one command that would make this way work
   */
  constructor(reason, { fix, cause } = {}) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'WayFailed';
    this.fix = fix;
  }
}

/**
 * Thrown when a component that an environment variable names doesn't work. Somebody asked for exactly this one, so no
 * other way is tried.
 */
export class NamedComponentFailed extends Error {
  /**
   * @param {string} variable
   * @param {string} value
   * @param {unknown} cause
   */
  constructor(variable, value, cause) {
    super(`${variable}=${value} can't be used: ${messageOf(cause)}\nTo fix it: correct ${variable}, or unset it`, {
      cause,
    });
    this.name = 'NamedComponentFailed';
  }
}

/** Thrown when no way gave the component; the message lists each way, why it failed, and one command that fixes it. */
export class ComponentUnavailable extends Error {
  /**
   * @param {{ title: string, without?: string }} component `without`: how to do without it, if that is possible
   * @param {string} platform e.g. `linux-x64`
   * @param {{ way: string, reason: string, fix?: string | undefined }[]} tried in the order tried
   */
  constructor(component, platform, tried) {
    const width = Math.max(...tried.map(({ way }) => way.length));
    const list = tried.map(({ way, reason }) => `  ${way.padEnd(width)}  ${indent(reason, width + 4)}`);
    // The last way asks the least of the machine, so its fix is the one that is sure to be enough.
    const fix = tried.findLast((one) => one.fix !== undefined)?.fix;
    const lines = [`${component.title} can't be had on this machine (${platform}). Ways tried:`, ...list];
    if (fix !== undefined) lines.push(`To fix it: ${fix}`);
    if (component.without !== undefined) lines.push(`To do without it: ${component.without}`);
    super(lines.join('\n'));
    this.name = 'ComponentUnavailable';
    this.tried = tried;
    this.fix = fix;
  }
}

/** Thrown when several components are unavailable; `errors` has one for each. */
export class ComponentsUnavailable extends AggregateError {
  /** @param {Error[]} errors */
  constructor(errors) {
    super(errors, errors.map(({ message }) => message).join('\n\n'));
    this.name = 'ComponentsUnavailable';
  }
}

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * @param {string} text
 * @param {number} columns
 */
function indent(text, columns) {
  return text.split('\n').join(`\n${' '.repeat(columns)}`);
}
