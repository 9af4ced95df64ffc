// Bytes as text and back, with what browsers and Node both have.

// `String.fromCharCode` takes its bytes as arguments, and the number of arguments is limited.
const CHUNK = 8_192;

export function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  return btoa(binary);
}

/** @throws DOMException when the text is not base64 */
export const decodeBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
