/** What the page takes types from names this module of Node; nothing of it runs in a browser. */
declare module 'node:crypto' {
  export function hash(algorithm: string, data: string | Uint8Array, encoding: 'hex'): string;
}
