"""The connection to Temporal that worker, gateway, commands and tests share."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfig

from workflows.payload_codec import EncryptionCodec


def data_converter(payload_keys: Mapping[str, bytes]) -> DataConverter:
    """Return pydantic's JSON converter, with encryption when there are keys."""
    if not payload_keys:
        return pydantic_data_converter
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=EncryptionCodec(payload_keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(payload_keys: Mapping[str, bytes], **options: Any) -> Client:
    """Connect by the standard `TEMPORAL_*` variables and profiles (address, namespace, TLS, API key)."""
    configured = ClientConfig.load_client_connect_config()
    configured.setdefault("target_host", "127.0.0.1:7233")
    return await Client.connect(**{**configured, **options}, data_converter=data_converter(payload_keys))
