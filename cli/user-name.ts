import { userInfo } from 'node:os';

/** Who gives a command, for records. Containers may run under a number that has no name. */
export function nameOfUser(): string {
  try {
    return userInfo().username || 'a person';
  } catch {
    return 'a person';
  }
}
