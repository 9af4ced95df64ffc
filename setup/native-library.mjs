// node setup/native-library.mjs: TensorFlow's library alone, for an image: servers have images of their own. The packages
// are installed already.

import { prepareComponents } from './components/index.mjs';
import { messageOf } from './components/shared/errors.mjs';
import { showProgress } from './components/shared/progress.mjs';

const { report, stop } = showProgress({ stream: process.stderr });
try {
  await prepareComponents(['tfjs-node'], { report });
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
} finally {
  stop();
}
