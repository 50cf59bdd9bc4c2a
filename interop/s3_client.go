// The Amazon S3 Encryption Clients for Go (V1 and V2 of aws-sdk-go's s3crypto), as a program. It is built as Debian's packages
// are meant to be used, without modules: GO111MODULE=off GOPATH=/usr/share/gocode go build s3_client.go
//
//	s3_client put CLIENT KEY-ARN FILE BUCKET NAME [PAIR=VALUE...]
//	s3_client get CLIENT KEY-ARN FILE BUCKET NAME
//
// CLIENT is v1-gcm, v1-cbc or v2, with -instruction behind it where the data key lies in an instruction file. Endpoints, Region,
// credentials and the CA come from the usual variables. Opening takes the encryption context from the object: this client has
// no way to say which one is meant. What it refuses is printed on standard error, and the exit status is 1.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/endpoints"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/kms"
	"github.com/aws/aws-sdk-go/service/s3"
	"github.com/aws/aws-sdk-go/service/s3/s3crypto"
)

// What both clients do.
type (
	writer interface {
		PutObject(*s3.PutObjectInput) (*s3.PutObjectOutput, error)
	}
	reader interface {
		GetObject(*s3.GetObjectInput) (*s3.GetObjectOutput, error)
	}
)

// This SDK is older than the variables for endpoints.
func endpointOf(service, region string, options ...func(*endpoints.Options)) (endpoints.ResolvedEndpoint, error) {
	url := os.Getenv("AWS_ENDPOINT_URL_" + strings.ToUpper(service))
	if url == "" {
		return endpoints.ResolvedEndpoint{}, fmt.Errorf("%s has no endpoint", service)
	}
	return endpoints.ResolvedEndpoint{URL: url, SigningRegion: region}, nil
}

func newWriter(client, arn string, context map[string]*string, connection *session.Session) (writer, error) {
	version, beside := strings.TrimSuffix(client, "-instruction"), strings.HasSuffix(client, "-instruction")
	save := s3crypto.SaveStrategy(s3crypto.HeaderV2SaveStrategy{})
	if beside {
		save = s3crypto.S3SaveStrategy{Client: s3.New(connection)}
	}
	keys := kms.New(connection)
	if version == "v2" {
		builder := s3crypto.AESGCMContentCipherBuilderV2(s3crypto.NewKMSContextKeyGenerator(keys, arn, context))
		return s3crypto.NewEncryptionClientV2(connection, builder,
			func(options *s3crypto.EncryptionClientOptions) { options.SaveStrategy = save })
	}
	generator := s3crypto.NewKMSKeyGeneratorWithMatDesc(keys, arn, context)
	builders := map[string]s3crypto.ContentCipherBuilder{
		"v1-gcm": s3crypto.AESGCMContentCipherBuilder(generator),
		"v1-cbc": s3crypto.AESCBCContentCipherBuilder(generator, s3crypto.AESCBCPadder),
	}
	builder, known := builders[version]
	if !known {
		return nil, fmt.Errorf("%s?", client)
	}
	return s3crypto.NewEncryptionClient(connection, builder,
		func(first *s3crypto.EncryptionClient) { first.SaveStrategy = save }), nil
}

// They look for the data key in the metadata, else in the instruction file. The first client reads both its own wrap and the
// second one's, the second one here its own alone, under the key given.
func newReader(client, arn string, connection *session.Session) (reader, error) {
	if strings.HasPrefix(client, "v1") {
		return s3crypto.NewDecryptionClient(connection), nil
	}
	registry := s3crypto.NewCryptoRegistry()
	if err := s3crypto.RegisterAESGCMContentCipher(registry); err != nil {
		return nil, err
	}
	if err := s3crypto.RegisterKMSContextWrapWithCMK(registry, kms.New(connection), arn); err != nil {
		return nil, err
	}
	return s3crypto.NewDecryptionClientV2(connection, registry)
}

func put(to writer, path, bucket, name string) error {
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = to.PutObject(&s3.PutObjectInput{Bucket: &bucket, Key: &name, Body: bytes.NewReader(document)})
	return err
}

func get(from reader, path, bucket, name string) error {
	object, err := from.GetObject(&s3.GetObjectInput{Bucket: &bucket, Key: &name})
	if err != nil {
		return err
	}
	document, err := io.ReadAll(object.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(path, document, 0o600)
}

func run(action, client, arn, path, bucket, name string, pairs []string) error {
	connection, err := session.NewSession(&aws.Config{
		EndpointResolver: endpoints.ResolverFunc(endpointOf), S3ForcePathStyle: aws.Bool(true)})
	if err != nil {
		return err
	}
	switch action {
	case "put":
		context := map[string]*string{}
		for _, pair := range pairs {
			key, value, _ := strings.Cut(pair, "=")
			context[key] = aws.String(value)
		}
		to, err := newWriter(client, arn, context, connection)
		if err != nil {
			return err
		}
		return put(to, path, bucket, name)
	case "get":
		from, err := newReader(client, arn, connection)
		if err != nil {
			return err
		}
		return get(from, path, bucket, name)
	}
	return fmt.Errorf("%s?", action)
}

func main() {
	if len(os.Args) < 7 {
		fmt.Fprintln(os.Stderr, "arguments are missing")
		os.Exit(2)
	}
	given := os.Args
	if err := run(given[1], given[2], given[3], given[4], given[5], given[6], given[7:]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}
