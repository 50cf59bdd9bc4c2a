# The Amazon S3 Encryption Clients for Ruby, as a program. Debian's stable ruby-aws-sdk-s3 has the first and the second one,
# its unstable one the third (ruby_v3.sh).
#
#   ruby s3_client.rb put CLIENT KEY FILE BUCKET NAME [PAIR=VALUE...]
#   ruby s3_client.rb get CLIENT KEY FILE BUCKET NAME [PAIR=VALUE...]
#
# CLIENT is v1, v2 or v3, with -instruction behind it where the data key lies in an instruction file. KEY is kms:ARN, aes:FILE (in
# hex) or rsa:FILE (PEM). Endpoints, Region, credentials and the CA come from the usual variables. What the client refuses is
# printed on standard error, and the exit status is 1.

require 'aws-sdk-kms'
require 'aws-sdk-s3'
require 'openssl'

REFUSALS = [
  Aws::S3::EncryptionV2::Errors::DecryptionError, Aws::KMS::Errors::ServiceError, OpenSSL::OpenSSLError,
  *(Aws::S3::EncryptionV3::Errors::DecryptionError if defined?(Aws::S3::EncryptionV3))
].freeze

# The key that an object names is asked where one is opened: Debian's KMS client is older than Decrypt's KeyId.
def kms_key_of(action, arn)
  { kms_key_id: action == 'get' ? :kms_allow_decrypt_with_any_cmk : arn,
    kms_client: Aws::KMS::Client.new(endpoint: ENV['AWS_ENDPOINT_URL_KMS']) }
end

def key_of(action, text)
  kind, value = text.split(':', 2)
  case kind
  when 'kms' then [kms_key_of(action, value), :kms_context]
  when 'aes' then [{ encryption_key: [File.read(value).strip].pack('H*') }, :aes_gcm]
  when 'rsa' then [{ encryption_key: OpenSSL::PKey::RSA.new(File.read(value)) }, :rsa_oaep_sha1]
  else abort "#{text}?"
  end
end

def client_of(name, key, wrap)
  version, location = name.split('-')
  s3 = Aws::S3::Client.new(endpoint: ENV['AWS_ENDPOINT_URL_S3'], force_path_style: true)
  options = key.merge(client: s3, envelope_location: location ? :instruction_file : :metadata)
  return Aws::S3::Encryption::Client.new(options) if version == 'v1'
  return Aws::S3::EncryptionV3::Client.new(options.merge(key_wrap_schema: wrap)) if version == 'v3'

  Aws::S3::EncryptionV2::Client.new(
    options.merge(key_wrap_schema: wrap, content_encryption_schema: :aes_gcm_no_padding, security_profile: :v2)
  )
end

action, name, key, path, bucket, object, *pairs = ARGV
client = client_of(name, *key_of(action, key))
context = pairs.to_h { |pair| pair.split('=', 2) }
given = context.empty? ? {} : { kms_encryption_context: context }
begin
  case action
  when 'put' then client.put_object(bucket: bucket, key: object, body: File.binread(path), **given)
  when 'get' then File.binwrite(path, client.get_object(bucket: bucket, key: object, **given).body.read)
  else abort "#{action}?"
  end
rescue *REFUSALS => e
  abort "refused: #{e.class}: #{e.message}"
end
