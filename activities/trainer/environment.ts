// What the child gets to see of the worker's environment: no credentials, no options that change how Node runs.

import { engineEnvironment, type EngineSettings } from './settings.ts';

/** Where programs, temporary files and shared libraries are found, and the local time zone of its log. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'TZ', 'LANG', 'LD_LIBRARY_PATH', 'SystemRoot'];

export function trainerEnvironment(environment: NodeJS.ProcessEnv, settings: EngineSettings): NodeJS.ProcessEnv {
  const passed = PASSED_ON.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]));
  return {
    ...(Object.fromEntries(passed) as NodeJS.ProcessEnv),
    ...engineEnvironment(settings),
    // Warnings and errors only: its stderr is quoted when it crashes.
    TF_CPP_MIN_LOG_LEVEL: '1',
  };
}
