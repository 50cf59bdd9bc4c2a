// The AWS Encryption SDK for JavaScript, driven by lines of JSON on standard input; one line of JSON answers each.
// {"do": "seal" | "open", "suite": "0478", "keyring": {"aes": HEX, "localeSorted": BOOL} | {"rsa": {privateKey, publicKey} in PEM, "hash": "sha256"},
//  "context": {...}, "frame": BYTES, "data": BASE64}
import { createInterface } from 'node:readline'
import {
  AlgorithmSuiteIdentifier, buildClient, CommitmentPolicy, RawAesKeyringNode, RawAesWrappingSuiteIdentifier,
  RawRsaKeyringNode,
} from '@aws-crypto/client-node'
import { constants } from 'node:crypto'

const NAMES = { keyNamespace: 'ns', keyName: 'k' }

function keyring({ aes, localeSorted, rsa, hash }) {
  if (aes) {
    const key = Buffer.from(aes, 'hex')
    // The library insists on a buffer of its own.
    const unencryptedMasterKey = new Uint8Array(key.length)
    unencryptedMasterKey.set(key)
    const wrappingSuite = RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING
    return new RawAesKeyringNode({ ...NAMES, unencryptedMasterKey, wrappingSuite, utf8Sorting: !localeSorted })
  }
  return new RawRsaKeyringNode({
    ...NAMES, rsaKey: rsa, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash,
  })
}

async function answer(asked) {
  const committing = asked.suite === '0478' || asked.suite === '0578'
  const policy = committing
    ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
  const { encrypt, decrypt } = buildClient(policy)
  const data = Buffer.from(asked.data, 'base64')
  if (asked.do === 'seal') {
    const { result } = await encrypt(keyring(asked.keyring), data, {
      suiteId: parseInt(asked.suite, 16), encryptionContext: asked.context, frameLength: asked.frame,
    })
    return { data: result.toString('base64') }
  }
  const { plaintext, messageHeader } = await decrypt(keyring(asked.keyring), data)
  return {
    data: plaintext.toString('base64'),
    suite: AlgorithmSuiteIdentifier[messageHeader.suiteId] && messageHeader.suiteId.toString(16).padStart(4, '0'),
    context: messageHeader.encryptionContext,
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch(error => ({ error: String(error) }))
  process.stdout.write(JSON.stringify(said) + '\n')
}
