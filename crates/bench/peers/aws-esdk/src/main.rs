//! The `aws-esdk` crate as a peer of `strongroom-bench envelope`: raw AES keyring, suite 0x0478, 1 MiB frames, file to file.
//!
//! Usage: `strongroom-bench-aws-esdk seal|open INPUT OUTPUT`. Prints the seconds of its work, which the start of the program
//! is not part of. The crate has no streams: input and output are in memory as a whole.

use aws_esdk::material_providers::client::Client as MaterialProviders;
use aws_esdk::material_providers::types::AesWrappingAlg;
use aws_esdk::material_providers::types::EsdkAlgorithmSuiteId::AlgAes256GcmHkdfSha512CommitKey;
use aws_esdk::material_providers::types::material_providers_config::MaterialProvidersConfig;
use aws_esdk::types::aws_encryption_sdk_config::AwsEncryptionSdkConfig;
use std::error::Error;
use std::fs;
use std::time::Instant;

const FRAME_BYTES: i64 = 1 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [way, input, output] = arguments.as_slice() else { return Err("seal|open INPUT OUTPUT".into()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let seconds = runtime.block_on(convert(way, input, output))?;
    println!("{seconds:.6}");
    Ok(())
}

async fn convert(way: &str, input: &str, output: &str) -> Result<f64, Box<dyn Error>> {
    let client = aws_esdk::client::Client::from_conf(AwsEncryptionSdkConfig::builder().build()?)?;
    let providers = MaterialProviders::from_conf(MaterialProvidersConfig::builder().build()?)?;
    let keyring = providers
        .create_raw_aes_keyring()
        .key_namespace("bench")
        .key_name("bench")
        .wrapping_key(vec![7; 32])
        .wrapping_alg(AesWrappingAlg::AlgAes256GcmIv12Tag16)
        .send()
        .await?;
    let start = Instant::now();
    let bytes = fs::read(input)?;
    let converted = if way == "seal" {
        let call = client.encrypt().plaintext(bytes).keyring(keyring).frame_length(FRAME_BYTES);
        call.algorithm_suite_id(AlgAes256GcmHkdfSha512CommitKey).send().await?.ciphertext
    } else {
        client.decrypt().ciphertext(bytes).keyring(keyring).send().await?.plaintext
    };
    fs::write(output, converted.ok_or("an answer without a result")?)?;
    Ok(start.elapsed().as_secs_f64())
}
