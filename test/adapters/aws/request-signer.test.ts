import { describe, expect, it } from 'vitest';
import { RequestSigner } from '../../../src/adapters/aws/request-signer.ts';

/** Access key, date, host and scope of the test suite that AWS published for Signature Version 4. */
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const AT_MS = 1_440_938_160_000;
const url = new URL('https://example.amazonaws.com/');
const scope = { service: 'service', region: 'us-east-1' };
const CREDENTIAL =
  'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ';

describe('RequestSigner', () => {
  it.each([
    [
      'post-vanilla',
      {},
      '',
      'host;x-amz-date',
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'post-x-www-form-urlencoded',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'Param1=value1',
      'content-type;host;x-amz-date',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
    [
      'post-x-www-form-urlencoded-parameters',
      { 'content-type': 'application/x-www-form-urlencoded; charset=utf8' },
      'Param1=value1',
      'content-type;host;x-amz-date',
      '1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe',
    ],
    [
      'post-header-value-case',
      { 'my-header1': 'VALUE1' },
      '',
      'host;my-header1;x-amz-date',
      'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
    ],
  ])("signs AWS's vector %s", async (_name, given, body, signedHeaders, signature) => {
    const signer = new RequestSigner({ ...scope, credentials });
    const headers = await signer.sign({ url, headers: given, body: Buffer.from(body) }, AT_MS);
    expect(headers).toEqual({
      ...given,
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization: `${CREDENTIAL}SignedHeaders=${signedHeaders}, Signature=${signature}`,
    });
  });

  it("signs AWS's vector post-sts-header-before, the session token among the headers", async () => {
    const sessionToken =
      'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPf' +
      'IeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7' +
      'WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm' +
      '8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';
    const signer = new RequestSigner({ ...scope, credentials: { ...credentials, sessionToken } });
    const headers = await signer.sign({ url, headers: {}, body: Buffer.alloc(0) }, AT_MS);
    expect(headers).toMatchObject({
      'x-amz-security-token': sessionToken,
      authorization:
        `${CREDENTIAL}SignedHeaders=host;x-amz-date;x-amz-security-token, ` +
        'Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
    });
  });

  it('signs with what a function of credentials gives, asked anew each time', async () => {
    let asked = 0;
    const signer = new RequestSigner({
      ...scope,
      credentials: async () => ({ ...credentials, accessKeyId: `AKID${++asked}` }),
    });
    const post = { url, headers: {}, body: Buffer.alloc(0) };
    expect((await signer.sign(post)).authorization).toContain('Credential=AKID1/');
    expect((await signer.sign(post)).authorization).toContain('Credential=AKID2/');
  });

  it('throws CredentialsMissing, naming nothing, when there are none', async () => {
    const signer = new RequestSigner(scope);
    await expect(signer.sign({ url, headers: {}, body: Buffer.alloc(0) })).rejects.toMatchObject({
      name: 'CredentialsMissing',
    });
  });
});
