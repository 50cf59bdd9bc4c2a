// The AWS Encryption SDK for JavaScript behind lines of JSON: test_encryption_sdk_suites.py asks, a job a line, after
// the line "ready", and each gets one line back, {"ok": true, ...} or {"error": "..."}. Endpoint, credentials and CA come
// from the environment.
//
// A job: {"do": "encrypt" | "decrypt", "input": PATH, "output": PATH, "suite": 0x0478, "frameLength": 4096,
// "context": {...}, "key": {"type": "aes", "namespace", "name", "hex"} | {"type": "rsa", "namespace", "name", "pem": PATH,
// "padding": "pkcs1" | "oaep-sha1" | ...} | {"type": "kms", "arn"}}. What it reads and writes are files.
import { createPublicKey, constants } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import {
  buildClient, CommitmentPolicy, KmsKeyringNode, RawAesKeyringNode, RawAesWrappingSuiteIdentifier, RawRsaKeyringNode,
} from "@aws-crypto/client-node";

const WRAPPING = {
  16: RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING,
  24: RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING,
  32: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
};
const COMMITTING = [0x0478, 0x0578];

function rawAes({ namespace: keyNamespace, name: keyName, hex }) {
  // The wrapping key must lie in memory of its own.
  const unencryptedMasterKey = Uint8Array.from(Buffer.from(hex, "hex"));
  const wrappingSuite = WRAPPING[unencryptedMasterKey.length];
  // Without it, pairs are ordered by locale, and the SDK's own specification is not met.
  return new RawAesKeyringNode({ keyNamespace, keyName, unencryptedMasterKey, wrappingSuite, utf8Sorting: true });
}

async function rawRsa({ namespace: keyNamespace, name: keyName, pem, padding }) {
  const privateKey = await readFile(pem, "utf8");
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
  const how = padding === "pkcs1"
    ? { padding: constants.RSA_PKCS1_PADDING }
    : { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: padding.replace("oaep-", "") };
  return new RawRsaKeyringNode({ keyNamespace, keyName, rsaKey: { publicKey, privateKey }, ...how });
}

function keyring(key) {
  if (key.type === "kms") return new KmsKeyringNode({ generatorKeyId: key.arn });
  return key.type === "aes" ? rawAes(key) : rawRsa(key);
}

async function encrypt({ input, output, suite, frameLength, context, key }) {
  const policy = COMMITTING.includes(suite)
    ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT;
  const { encrypt } = buildClient(policy);
  const plaintext = await readFile(input);
  const options = { suiteId: suite, frameLength, encryptionContext: context, plaintextLength: plaintext.length };
  const { result } = await encrypt(await keyring(key), plaintext, options);
  await writeFile(output, result);
  return {};
}

async function decrypt({ input, output, key }) {
  const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
  const { plaintext, messageHeader } = await decrypt(await keyring(key), await readFile(input));
  await writeFile(output, plaintext);
  return { suite: messageHeader.suiteId, context: { ...messageHeader.encryptionContext } };
}

process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  let answer;
  try {
    answer = { ok: true, ...(await (job.do === "encrypt" ? encrypt(job) : decrypt(job))) };
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
