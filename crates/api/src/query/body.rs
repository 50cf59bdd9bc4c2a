//! Whole bodies: an operation's answer, and an error.

use super::{QueryErrorCode, QueryOperation, QueryService, WriteXml, Xml};
use strongroom_types::WipedBytes;

/// The body of an operation's answer.
pub fn answer<O: QueryOperation>(output: &O::Output, request_id: &str) -> WipedBytes {
    let mut xml = Xml::default();
    xml.document(&format!("{}Response", O::NAME), O::SERVICE.namespace(), |xml| {
        if let Some(result) = O::RESULT {
            xml.element(result, |xml| output.write_xml(xml));
        }
        xml.element("ResponseMetadata", |xml| xml.element("RequestId", |xml| xml.escaped(request_id)));
    });
    xml.into_bytes()
}

/// The body of an error.
pub fn error_body(
    service: QueryService,
    code: QueryErrorCode,
    message: &str,
    request_id: &str,
) -> WipedBytes {
    let mut xml = Xml::default();
    xml.document("ErrorResponse", service.namespace(), |xml| {
        xml.element("Error", |xml| {
            xml.element("Type", |xml| xml.escaped(code.side().name()));
            xml.element("Code", |xml| xml.escaped(code.name()));
            xml.element("Message", |xml| xml.escaped(message));
        });
        xml.element("RequestId", |xml| xml.escaped(request_id));
    });
    xml.into_bytes()
}
