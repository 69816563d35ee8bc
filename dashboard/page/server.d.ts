/** Pages read types of files that hash on the server. None hashes in a browser: the build fails where a page would load it. */
declare module 'node:crypto' {
  export function hash(algorithm: string, data: string, encoding: 'hex'): string;
}
