// Envelope encryption with the AWS SDK v3 and node:crypto: the document and its encrypted data key side by side in SQLite.
// See ../README.md. Endpoint, credentials and CA (NODE_EXTRA_CA_CERTS) come from the environment.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";

const kms = new KMSClient({});
const KeyId = process.env.KEY_ID;
const db = new DatabaseSync(process.env.DATABASE ?? ":memory:");
db.exec("CREATE TABLE documents (name TEXT PRIMARY KEY, sealed BLOB, encrypted_key BLOB)");

async function store(name, document) {
  const EncryptionContext = { document: name };
  const answer = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", EncryptionContext }));
  const nonce = randomBytes(12); // the key is used once, for this document alone
  const cipher = createCipheriv("aes-256-gcm", answer.Plaintext, nonce).setAAD(Buffer.from(name));
  const sealed = Buffer.concat([nonce, cipher.update(document), cipher.final(), cipher.getAuthTag()]);
  answer.Plaintext.fill(0); // wipe
  db.prepare("INSERT INTO documents VALUES (?, ?, ?)").run(name, sealed, answer.CiphertextBlob);
}

async function load(name) {
  const row = db.prepare("SELECT sealed, encrypted_key FROM documents WHERE name = ?").get(name);
  const EncryptionContext = { document: name };
  const answer = await kms.send(new DecryptCommand({ KeyId, CiphertextBlob: row.encrypted_key, EncryptionContext }));
  const cipher = createDecipheriv("aes-256-gcm", answer.Plaintext, row.sealed.subarray(0, 12), { authTagLength: 16 });
  cipher.setAAD(Buffer.from(name)).setAuthTag(row.sealed.subarray(-16));
  answer.Plaintext.fill(0); // the cipher has its own copy and frees it at the end
  return Buffer.concat([cipher.update(row.sealed.subarray(12, -16)), cipher.final()]);
}

await store("contract.txt", Buffer.from("the parties agree"));
console.log((await load("contract.txt")).toString());
