"""The words that a blueprint's options may have as their types.

May import: words.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from msgspec import Meta

from scaffold.answers.numbers import PortNumber
from scaffold.answers.words import (
    AccountName,
    Audience,
    Cidr,
    Cpu,
    DottedName,
    HttpsUrl,
    LabelKey,
    LabelValue,
    ListenerName,
    Namespace,
    RuntimeClass,
    Size,
    Socket,
    described,
)

Base64: TypeAlias = Annotated[
    str,
    described(
        r"(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
        65536,
        "base64 on one line",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t",
    ),
]
Mount: TypeAlias = Annotated[
    str,
    described(
        r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*", 128, "a mount's path: letters, digits, '_', '-' and '/'", "kubernetes"
    ),
]
RoleArn: TypeAlias = Annotated[
    str,
    described(
        r"arn:[a-z-]{3,20}:iam::[0-9]{12}:role/(?:[\x21-\x7e]+/)?[A-Za-z0-9_+=,.@-]{1,64}",
        611,
        "the ARN of a role: arn:…:iam::<account>:role/<name>",
        "arn:aws:iam::111122223333:role/reports-export",
    ),
]
ClusterArn: TypeAlias = Annotated[
    str,
    described(
        r"arn:[a-z-]{3,20}:eks:[a-z0-9-]{1,40}:[0-9]{12}:cluster/[A-Za-z0-9][A-Za-z0-9_-]{0,99}",
        200,
        "the ARN of a cluster: arn:…:eks:<region>:<account>:cluster/<name>",
        "arn:aws:eks:eu-central-1:111122223333:cluster/production",
    ),
]
CloudProject: TypeAlias = Annotated[
    str,
    described(
        "[a-z][a-z0-9-]{4,28}[a-z0-9]", 30, "the id of a project: lower-case letters, digits and '-'", "shop-production"
    ),
]
CloudNumber: TypeAlias = Annotated[
    str,
    described("[1-9][0-9]{5,18}", 19, "a number, in quotes: digits", "123456789012"),
]
PoolProvider: TypeAlias = Annotated[
    str,
    described(
        r"projects/[1-9][0-9]{5,18}/locations/global/workloadIdentityPools/[a-z][a-z0-9-]{3,31}"
        r"/providers/[a-z][a-z0-9-]{3,31}",
        150,
        "a provider: projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>",
        "projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/production",
    ),
]
CloudAccount: TypeAlias = Annotated[
    str,
    described(
        r"[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z][a-z0-9.-]{4,80}\.iam\.gserviceaccount\.com",
        150,
        "an IAM service account: <name>@<project>.iam.gserviceaccount.com",
        "reports-export@shop-production.iam.gserviceaccount.com",
    ),
]
Issuer: TypeAlias = Annotated[
    str,
    described(
        r"https://[a-z0-9][a-z0-9.-]*(?:/[A-Za-z0-9_.-]+)*/?",
        255,
        "an issuer of tokens: its address with https",
        "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
        "kubectl get --raw /.well-known/openid-configuration",
    ),
]
Region: TypeAlias = Annotated[
    str, described("[a-z]{2,12}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}", 40, "a region of the cloud", "eu-central-1")
]
ParameterPath: TypeAlias = Annotated[
    str,
    described(r"/(?:[A-Za-z0-9_.-]+/)*", 512, "a path that begins and ends with '/'", "/production/", "for example {}"),
]
Location: TypeAlias = Annotated[
    str, described("[a-z]{2,12}(?:-[a-z]{2,12}){0,2}-?[0-9]{0,2}(?:-[a-z])?", 40, "a region or zone", "europe-west3")
]
AppKey: TypeAlias = Annotated[
    str,
    described(
        "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?/[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?",
        127,
        "an App's namespace and name",
        "shop/orders",
    ),
]
Uuid: TypeAlias = Annotated[
    str,
    described(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        36,
        "a UUID, in lower-case letters and digits",
        "11111111-2222-3333-4444-555555555555",
    ),
]
AgeRecipient: TypeAlias = Annotated[
    str,
    described(
        "age1[02-9ac-hj-np-z]{58}",
        62,
        "a public key of age: age1…",
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
        "what age-keygen prints as its public key",
    ),
]
AwsKey: TypeAlias = Annotated[
    str,
    described(
        r"arn:aws[a-z-]{0,15}:kms:[a-z0-9-]{1,40}:[0-9]{12}:(?:key|alias)/[A-Za-z0-9/_-]{1,250}",
        400,
        "the ARN of a key: arn:…:kms:<region>:<account>:key/<id>, or alias/<name>",
        "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
    ),
]
GcpKey: TypeAlias = Annotated[
    str,
    described(
        r"projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/locations/[a-z0-9-]{1,40}"
        r"/keyRings/[A-Za-z0-9_-]{1,63}/cryptoKeys/[A-Za-z0-9_-]{1,63}",
        260,
        "a key: projects/<id>/locations/<location>/keyRings/<name>/cryptoKeys/<name>",
        "projects/shop-production/locations/europe-west3/keyRings/shop/cryptoKeys/secrets",
    ),
]
AzureKey: TypeAlias = Annotated[
    str,
    described(
        r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){2,5}[a-z]{2,10}/keys/[A-Za-z0-9-]{1,127}/[0-9a-f]{32}",
        400,
        "the address of a key with its version: https://…/keys/<name>/<version>",
        "https://keys.example.com/keys/secrets/0123456789abcdef0123456789abcdef",
    ),
]


def _keys(word: Any) -> Any:
    return Annotated[list[word], Meta(max_length=10, description="at most 10 keys")]


WORDS: dict[str, Any] = {
    "age-recipients": _keys(AgeRecipient),
    "aws-keys": _keys(AwsKey),
    "azure-keys": _keys(AzureKey),
    "gcp-keys": _keys(GcpKey),
    "account": AccountName,
    "audience": Audience,
    "base64": Annotated[Base64, Meta(extra={"quiet": True})],
    "boolean": bool,
    "cloud-account": CloudAccount,
    "cloud-number": CloudNumber,
    "cloud-project": CloudProject,
    "cidrs": Annotated[list[Cidr], Meta(max_length=50, description="at most 50 networks")],
    "cluster-arn": ClusterArn,
    "cpu": Cpu,
    "https-url": HttpsUrl,
    "issuer": Issuer,
    "labels": Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, max_length=20, description="1 to 20 labels")],
    "listener": ListenerName,
    "location": Location,
    "mount": Mount,
    "name": DottedName,
    "namespace": Namespace,
    "namespaces": Annotated[list[Namespace], Meta(max_length=50, description="at most 50 namespaces")],
    "parameter-path": ParameterPath,
    "pool-provider": PoolProvider,
    "port": PortNumber,
    "region": Region,
    "role-arn": RoleArn,
    "runtime-classes": Annotated[list[RuntimeClass], Meta(max_length=20, description="at most 20 runtime classes")],
    "size": Size,
    "socket": Socket,
    "uuid": Uuid,
    "uuids": Annotated[dict[AppKey, Uuid], Meta(max_length=1000, description="at most 1,000 ids")],
}
"""What a blueprint's options may be, by the name that a blueprint gives it."""
