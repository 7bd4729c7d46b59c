import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Disk } from '@skerry/kit';

const privateFile = { mode: 0o600 };

/** The folder that holds the hub's keys and certificates as PEM: `NAME.key` and `NAME.crt`, all 0600. */
export interface KeyFolder {
  readKey(name: string): Promise<KeyObject | undefined>;
  readCertificate(name: string): Promise<X509Certificate | undefined>;
  /** The key of that name, made (ECDSA P-256) when there is none. */
  keepKey(name: string): Promise<KeyObject>;
  writeCertificate(name: string, certificates: readonly X509Certificate[]): Promise<void>;
  /** `NAME.json`. */
  readDocument(name: string): Promise<string | undefined>;
  writeDocument(name: string, text: string): Promise<void>;
}

export function keyFolder(disk: Disk, folder: string): KeyFolder {
  const path = (file: string) => join(folder, file);

  const readKey = async (name: string) => {
    const pem = await disk.readIfThere(path(`${name}.key`));
    return pem && createPrivateKey(Buffer.from(pem));
  };

  return {
    readKey,
    async readCertificate(name) {
      const pem = await disk.readIfThere(path(`${name}.crt`));
      return pem && new X509Certificate(pem);
    },
    async keepKey(name) {
      const kept = await readKey(name);
      if (kept) return kept;
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      await disk.makeFolder(folder, 0o700);
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
      await disk.writeAtomic(path(`${name}.key`), pem, privateFile);
      return privateKey;
    },
    async writeCertificate(name, certificates) {
      await disk.writeAtomic(path(`${name}.crt`), pemChain(certificates), privateFile);
    },
    async readDocument(name) {
      const bytes = await disk.readIfThere(path(`${name}.json`));
      return bytes && Buffer.from(bytes).toString();
    },
    async writeDocument(name, text) {
      await disk.writeAtomic(path(`${name}.json`), text, privateFile);
    },
  };
}

/** Certificates as PEM, one after the other. */
export function pemChain(certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => certificate.toString()).join('');
}
