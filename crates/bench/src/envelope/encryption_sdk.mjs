// The AWS Encryption SDK for JavaScript as a peer of `strongroom-bench envelope`: raw AES keyring, suite 0x0478, 1 MiB frames.
//
// Usage: encryption_sdk.mjs seal|open INPUT OUTPUT. Prints the seconds of its work, without the start of Node.js and the SDK.
import { createReadStream, createWriteStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import {
  AlgorithmSuiteIdentifier, buildClient, CommitmentPolicy, RawAesKeyringNode, RawAesWrappingSuiteIdentifier,
} from "@aws-crypto/client-node";

const FRAME_BYTES = 1 << 20;
const [way, input, output] = process.argv.slice(2);
const { encryptStream, decryptUnsignedMessageStream } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
const keyring = new RawAesKeyringNode({
  keyNamespace: "bench",
  keyName: "bench",
  unencryptedMasterKey: new Uint8Array(32).fill(7),
  wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  utf8Sorting: true,
});
const stream = way === "seal"
  ? encryptStream(keyring, {
      suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
      frameLength: FRAME_BYTES,
      plaintextLength: statSync(input).size,
    })
  : decryptUnsignedMessageStream(keyring);

const start = performance.now();
const buffered = { highWaterMark: FRAME_BYTES };
await pipeline(createReadStream(input, buffered), stream, createWriteStream(output, buffered));
console.log(((performance.now() - start) / 1000).toFixed(6));
