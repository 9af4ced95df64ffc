// Ends a CI run with one plain line, `N passed, N failed`, made from vitest's JSON report. Arguments: the report, the exit
// statuses of the tests and of the checks. Fails when a test failed, none ran, or the checks found something.

import { readFileSync } from 'node:fs';

const [file, tests, checks] = process.argv.slice(2);
let report;
try {
  report = JSON.parse(readFileSync(file, 'utf8'));
} catch (error) {
  console.error(`no test report: ${error.message}`);
  report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] };
}
for (const { name, status, message } of report.testResults)
  if (status === 'failed') console.error(`failed: ${name}${message ? `: ${message.split('\n')[0]}` : ''}`);
if (checks !== '0') console.error('npm run check found something: see above');

const broken = tests !== '0' && report.numFailedTests === 0 ? 1 : 0; // a file that could not be loaded counts as a failure
const passed = report.numPassedTests;
const failed = report.numFailedTests + broken;
const skipped = report.numPendingTests;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 && passed > 0 && checks === '0' ? 0 : 1);
