// A worker that never gets ready.

console.error('a reason on standard error');
console.log(JSON.stringify({ level: 50, msg: 'cannot open the toy box' }));
process.exitCode = 3;
process.disconnect();
