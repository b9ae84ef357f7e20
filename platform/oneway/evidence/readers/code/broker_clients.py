"""Clients of message brokers: which functions, annotations and types publish or subscribe, and which argument names
the topic, queue or subject. A client is one line here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ...mentions import Way

# Who is handed what is sent, where the function is called like many others.
_SENDER: Final = (
    r"template|producer|kafka|sender|publisher|bus|bridge|jms|stream|writer|rabbit|amqp|nats|redis|rdb|mqtt|sns|sqs|dapr"
    r"|pulsar|broker|jetstream|channel|client|conn|\b(?:nc|js|ch|r|pub|p)$"
)
_HEARER: Final = _SENDER + r"|consumer|subscriber|sub$|\bc$|listener|reader"
_KEYS: Final = (
    *("topic", "topics", "topicName", "topic_name", "queue", "queues", "queueName", "queue_name", "subject", "channel"),
    *("destination", "QueueUrl", "TopicArn", "topicArn", "queueUrl", "Topic", "Subject", "Queue", "stream"),
)
_NAMED: Final = (*_KEYS, "value")
_EXCHANGE: Final = ("exchange", "routingKey", "routing_key")


@dataclass(frozen=True, slots=True)
class BrokerClient:
    """Functions by a pattern of their name. `receiver` is what they are called on, where that has to be checked;
    `keys` are arguments by name, and `at` by number, counted without contexts. `exchange` is followed by a routing key,
    which is the queue where it is empty."""

    name: str
    way: Way
    receiver: str = ""
    keys: tuple[str, ...] = _KEYS
    at: int | None = 0
    exchange: bool = False


CLIENTS: Final = (
    BrokerClient(r"basic_?publish(async)?", Way.PUBLISH, keys=_EXCHANGE, exchange=True),
    BrokerClient(r"PublishWithContext|PublishWithDeferredConfirm\w*", Way.PUBLISH, exchange=True),
    BrokerClient(r"convertAndSend|convertSendAndReceive", Way.PUBLISH, _SENDER, exchange=True),
    BrokerClient(r"sendToQueue", Way.PUBLISH),
    BrokerClient(r"send(_and_wait|AndWait|Async|Batch|Event)?|produce(Async)?", Way.PUBLISH, _SENDER),
    BrokerClient(
        r"publish(Async|_?Event(Async)?|_async|_message|Msg)?|xadd|lpush", Way.PUBLISH, _SENDER, exchange=True
    ),
    BrokerClient(r"(Producer|Future|Base)Record|ProducerMessage|Writer(Config)?", Way.PUBLISH),
    BrokerClient(r"(send_?message|publish)(Command|Request|Input|Async)?|sendMessages", Way.PUBLISH, at=None),
    BrokerClient(r"Outgoing|KafkaSender|SendTo", Way.PUBLISH),
    BrokerClient(
        r"(Kafka|Rabbit|Jms|Sqs|Stream|Pulsar|Nats|Rqueue)Listener|Incoming|EventPattern", Way.SUBSCRIBE, keys=_NAMED
    ),
    BrokerClient(r"(Kafka|RabbitMQ|ServiceBus)Trigger", Way.SUBSCRIBE),
    BrokerClient(r"RabbitSubscribe|KafkaConsumer|ReaderConfig|ConsumePartition", Way.SUBSCRIBE),
    BrokerClient(r"p?_?(queue|pull|chan)?_?subscribe(_?topics|_?sync|Async)?", Way.SUBSCRIBE, _HEARER),
    BrokerClient(r"basic_?consume(async)?|(consume(WithContext)?)", Way.SUBSCRIBE, _HEARER),
    BrokerClient(r"(receive_?message)(Command|Request|Input|Async)?", Way.SUBSCRIBE, at=None),
)

# How a queue is bound to an exchange: where its name and that of the exchange stand, by number or by name.
BINDS: Final = re.compile(r"queue_?bind(async)?|bind_?queue", re.IGNORECASE)

# Words of which a file has at least one, in lower case, where any pattern below fits.
BROKER_WORDS: Final = (
    *(
        b"kafka",
        b"sarama",
        b"franz-go",
        b"faust",
        b"rabbit",
        b"amqp",
        b"pika",
        b"bunny",
        b"lapin",
        b"nats",
        b"jetstream",
    ),
    *(
        b"redis",
        b"sqs",
        b"queueurl",
        b"sns",
        b"topicarn",
        b"pulsar",
        b"mqtt",
        b"dapr",
        b"servicebus",
        b"pubsub",
        b"jms",
    ),
    *(b"activemq", b"artemis", b"googlecloud", b"cloud.stream", b"reactive.messaging", b"nestjs", b"streambridge"),
)
# What a file has to speak of, in lower case, for its calls to be a broker's, and what the broker is called.
BROKERS: Final[Mapping[str, re.Pattern[bytes]]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "kafka": rb"kafka|sarama|franz-go|rdkafka|faust",
        "rabbitmq": rb"rabbit|amqp|\bpika\b|bunny|lapin",
        "nats": rb"\bnats\b|nats\.|jetstream|node-nats",
        "redis": rb"redis",
        "sqs": rb"\bsqs\b|sqsclient|sqslistener|queueurl",
        "sns": rb"\bsns\b|snsclient|topicarn",
        "pulsar": rb"pulsar",
        "mqtt": rb"mqtt",
        "dapr": rb"dapr",
        "servicebus": rb"servicebus|azure-servicebus",
        "pubsub": rb"cloud\.pubsub|google-cloud/pubsub|cloud/pubsub|pubsub_v1|googlecloud",
        "jms": rb"\bjms\b|jmstemplate|jmslistener|activemq|artemis",
        "": rb"spring\.cloud\.stream|reactive\.messaging|nestjs/microservices|streambridge",
    }.items()
}

# Buses of .NET that name what they carry by its type: who publishes it, and who handles it.
TYPED_BUS: Final = re.compile(rb"MassTransit|NServiceBus|Rebus|IntegrationEvent|EasyNetQ|RawRabbit|IEventBus")
TYPED_HANDLER: Final = re.compile(
    rb"\b(?:IConsumer|IHandleMessages|IIntegrationEventHandler|IEventConsumer)\s*<\s*([A-Z]\w+)\s*>"
)
TYPED_PUBLISH: Final = re.compile(
    rb"\.(?:Publish|PublishAsync|PublishMessage)(?:<\s*([A-Z]\w+)\s*>)?\(\s*(?:new\s+([A-Z]\w+)|([a-z]\w*))"
)
