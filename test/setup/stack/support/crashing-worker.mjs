// A worker that gets ready and crashes as soon as the supervisor has heard of it.

console.error('my last words');
process.send({ ready: true }, () => process.exit(9));
