import { generateKeyPairSync, sign } from 'node:crypto';

/** A key, and the certificate of 127.0.0.1 that it signed itself. Both PEM. */
export type LoopbackCertificate = { key: string; cert: string };

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const BOOLEAN = 0x01;
/** Explicitly tagged members of a certificate, and the IP address of an alternative name. */
const VERSION_TAG = 0xa0;
const EXTENSIONS_TAG = 0xa3;
const IP_ADDRESS_TAG = 0x87;
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const SUBJECT_ALT_NAME = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const LOOPBACK = Buffer.from([127, 0, 0, 1]);

/**
 * AWS speaks TLS, and loading it is a good part of a cold start; so do the stand-ins of the bench.
 * The key lives as long as the bench does. https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
export function loopbackCertificate(): LoopbackCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, der(OBJECT_ID, hex(ECDSA_WITH_SHA256)));
  const name = der(
    SEQUENCE,
    der(
      SET,
      der(SEQUENCE, der(OBJECT_ID, hex(COMMON_NAME)), der(UTF8_STRING, Buffer.from('bench'))),
    ),
  );
  const validity = der(
    SEQUENCE,
    der(UTC_TIME, Buffer.from('260101000000Z')),
    der(GENERALIZED_TIME, Buffer.from('21260101000000Z')),
  );
  const unsigned = der(
    SEQUENCE,
    der(VERSION_TAG, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      EXTENSIONS_TAG,
      der(
        SEQUENCE,
        extension(SUBJECT_ALT_NAME, der(SEQUENCE, der(IP_ADDRESS_TAG, LOOPBACK))),
        extension(BASIC_CONSTRAINTS, der(SEQUENCE, der(BOOLEAN, Buffer.from([0xff])))),
      ),
    ),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', unsigned, privateKey)]);
  const whole = der(SEQUENCE, unsigned, algorithm, der(BIT_STRING, signature));
  const base64 = whole.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  };
}

function extension(id: string, value: Buffer): Buffer {
  return der(SEQUENCE, der(OBJECT_ID, hex(id)), der(OCTET_STRING, value));
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

/** Tag, length, content. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const lengthBytes =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content]);
}
