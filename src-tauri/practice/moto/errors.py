"""Refusals in the words and the protocol of the service that was asked."""

import json
from html import escape

from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

# Kind of refusal: code in XML protocols, in JSON protocols, of EC2, of S3.
CODES = {
    "denied": ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AccessDenied"),
    "unknown key": ("InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "InvalidAccessKeyId"),
    "signature": ("SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure", "SignatureDoesNotMatch"),
    "clock": ("SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"),
    "expired": ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "ExpiredToken"),
    "throttled": ("Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown"),
    "incomplete": ("IncompleteSignature", "IncompleteSignatureException", "AuthFailure", "AccessDenied"),
}


class Refused(Exception):
    """`kind` is a key of CODES."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind, self.message = kind, message


class Worded(HTTPException):
    """A refusal as it is sent."""

    def __init__(self, status, body):
        super().__init__()
        self.code, self.description = status, body


def worded(service, refused):
    """`service`: its name in boto3."""
    xml, as_json, ec2, s3 = CODES[refused.kind]
    message = escape(refused.message, quote=False)
    protocol = get_service_model(service).metadata["protocol"]
    if service == "s3":
        return Worded(403, f"<Error><Code>{s3}</Code><Message>{message}</Message></Error>")
    if protocol == "ec2":
        error = f"<Errors><Error><Code>{ec2}</Code><Message>{message}</Message></Error></Errors>"
        return Worded(403, f"<Response>{error}<RequestID>practice</RequestID></Response>")
    if protocol in ("json", "rest-json", "smithy-rpc-v2-cbor"):
        status = 400 if protocol == "json" else 403
        return Worded(status, json.dumps({"__type": as_json, "message": refused.message}))
    error = f"<Error><Type>Sender</Type><Code>{xml}</Code><Message>{message}</Message></Error>"
    return Worded(400 if refused.kind == "throttled" else 403, f"<ErrorResponse>{error}<RequestId>practice</RequestId></ErrorResponse>")
