// Temporal's client as a module of our own: half a second of loading, so it is imported when it is needed. A bundle gives a
// package in CommonJS no names of its own when it is imported late; this one has them.

export { Client, Connection } from '@temporalio/client';
export { default as proto } from '@temporalio/proto';
