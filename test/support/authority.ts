// A certificate authority of a test's own, and certificates that it signs, as PEM files in a folder.

import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { generate } from 'selfsigned';

export interface CertificateFiles {
  certificate: string;
  key: string;
}

export interface Authority {
  /** Path of its own certificate. */
  file: string;
  /** A certificate for a server of these names and addresses, and for a client. */
  issue(name: string, hosts?: readonly string[]): Promise<CertificateFiles>;
}

export async function makeAuthority(folder: string, name = 'authority'): Promise<Authority> {
  const own = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const file = path.join(folder, `${name}.pem`);
  await writeFile(file, own.cert);
  return {
    file,
    async issue(issued, hosts = []) {
      const made = await generate([{ name: 'commonName', value: issued }], {
        keyType: 'ec',
        algorithm: 'sha256',
        ca: { key: own.private, cert: own.cert },
        extensions: [
          { name: 'basicConstraints', cA: false, critical: true },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          {
            name: 'subjectAltName',
            altNames: [issued, ...hosts].map((host) =>
              isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host },
            ),
          },
        ],
      });
      const files = { certificate: path.join(folder, `${issued}.crt`), key: path.join(folder, `${issued}.key`) };
      await Promise.all([writeFile(files.certificate, made.cert), writeFile(files.key, made.private)]);
      return files;
    },
  };
}
