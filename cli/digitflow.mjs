#!/usr/bin/env node
// Starts the command line. TypeScript is run by tsx's loader, in this very process: no build step, no second process.

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`digitflow: expected Node 20.19 or newer, got ${process.versions.node}\n`);
  process.exit(2);
}

let register;
try {
  ({ register } = await import('tsx/esm/api'));
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write('digitflow: its packages are not installed here. Run `npm start`, which installs them.\n');
  process.exit(1);
}
register();
await import('./main.ts');
