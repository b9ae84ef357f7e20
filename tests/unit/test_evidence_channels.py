"""Topics in code: who publishes and who subscribes, by the clients of the languages that are read."""

from datetime import date
from pathlib import Path

import pytest

from oneway.application.check_system import check_system
from oneway.application.import_system import import_system
from oneway.evidence import CodeFiles, SourceFile, observe
from oneway.evidence.find_channels import channel_name
from oneway.evidence.observed import ObservedChannel
from oneway.workspace import find

COMPOSE = """\
services:
  shop: {build: shop, environment: {ORDERS_TOPIC: orders.made}}
  mail: {build: mail}
"""


def channels(**files: str) -> dict[str, ObservedChannel]:
    """What code says, each file under `shop/` or `mail/`, named `shop__send_py` for `shop/send.py`."""
    code = [SourceFile(_path(name), text.encode()) for name, text in files.items()]
    names = [each.name for each in code]
    seen = observe([SourceFile("compose.yaml", COMPOSE.encode())], code=CodeFiles(names, lambda: code))
    return {each.name: each for each in seen.channels}


def _path(name: str) -> str:
    folder, _, rest = name.partition("__")
    stem, _, suffix = rest.rpartition("_")
    return f"{folder}/{stem}.{suffix}"


PUBLISH: dict[str, tuple[str, str]] = {
    "kafka-python": ("py", "from kafka import KafkaProducer\nproducer.send('orders', value=x)"),
    "confluent": ("py", "from confluent_kafka import Producer\np.produce('orders', b'')"),
    "aiokafka": ("py", "import aiokafka\nasync def f():\n    await producer.send_and_wait('orders', b'')"),
    "pika": ("py", "import pika\nch.basic_publish(exchange='', routing_key='orders', body=b)"),
    "pika exchange": ("py", "import pika\nch.basic_publish(exchange='orders', routing_key='a.b', body=b)"),
    "redis": ("py", "import redis\nr.publish('orders', 'x')"),
    "redis stream": ("py", "import redis\nredis.xadd('orders', {})"),
    "nats": ("py", "import nats\nasync def f():\n    await nc.publish('orders', b'')"),
    "boto": ("py", "import boto3  # sns\nsns.publish(TopicArn='arn:aws:sns:eu:1:orders', Message='')"),
    "boto queue": ("py", "q = boto3.client('sqs')\nq.send_message(QueueUrl='https://sqs/1/orders', MessageBody='')"),
    "constant": ("py", "import kafka\nTOPIC = 'orders'\nproducer.send(TOPIC, b'')"),
    "dapr": ("py", "from dapr.clients import X\nclient.publish_event('pubsub', 'orders', b'')"),
    "spring": ("java", 'class A { KafkaTemplate k; void f() { kafkaTemplate.send("orders", v); } }'),
    "record": (
        "java",
        'import org.apache.kafka.X; class A { void f() { p.send(new ProducerRecord<>("orders", v)); } }',
    ),
    "spring rabbit": (
        "java",
        'class A { RabbitTemplate t; void f() { rabbitTemplate.convertAndSend("orders", "k", m); } }',
    ),
    "java amqp": (
        "java",
        'import com.rabbitmq.client.X; class A { void f() { channel.basicPublish("orders", "", null, b); } }',
    ),
    "jms": ("java", 'class A { JmsTemplate jmsTemplate; void f() { jmsTemplate.convertAndSend("orders", m); } }'),
    "micronaut": ("java", '@KafkaClient interface A { @Topic("orders") void f(B b); }'),
    "kotlin": ("kt", 'class A(val kafkaTemplate: KafkaTemplate) { fun f() { kafkaTemplate.send("orders", x) } }'),
    "sarama": ("go", 'package a\nimport "sarama"\nfunc f() { m := &sarama.ProducerMessage{Topic: "orders"} }'),
    "segmentio": ("go", 'package a\nimport "kafka"\nfunc f() { w := &kafka.Writer{Addr: a, Topic: "orders"} }'),
    "go amqp": (
        "go",
        'package a\nimport "amqp"\nfunc f() { ch.PublishWithContext(ctx, "orders", "k", false, false, m) }',
    ),
    "go queue": ("go", 'package a\nimport "amqp"\nfunc f() { ch.Publish("", "orders", false, false, m) }'),
    "go nats": ("go", 'package a\nimport "nats"\nfunc f() { nc.Publish("orders", b) }'),
    "go redis": ("go", 'package a\nimport "redis"\nfunc f() { rdb.Publish(ctx, "orders", b) }'),
    "kafkajs": ("ts", "import { Kafka } from 'kafkajs'\nawait producer.send({ topic: 'orders', messages: [] })"),
    "amqplib": ("js", "const a = require('amqplib')\nchannel.publish('orders', 'k', Buffer.from(''))"),
    "amqplib queue": ("js", "const a = require('amqplib')\nchannel.sendToQueue('orders', Buffer.from(''))"),
    "node redis": ("js", "const redis = require('redis')\nclient.publish('orders', 'x')"),
    "confluent net": ("cs", 'using Confluent.Kafka; class A { void F() { producer.ProduceAsync("orders", m); } }'),
    "rabbit net": (
        "cs",
        'using RabbitMQ.Client; class A { void F() { ch.BasicPublish(exchange: "orders", routingKey: ""); } }',
    ),
    "dapr net": ("cs", 'using Dapr; class A { void F() { client.PublishEventAsync("pubsub", "orders", m); } }'),
    "typed bus": ("cs", "using MassTransit; class A { void F() { bus.Publish(new Orders()); } }"),
    "php": ("php", "<?php use PhpAmqpLib\\X; $channel->basic_publish($msg, 'orders', 'k');"),
    "ruby": ("rb", "require 'kafka'\nproducer.produce('x', topic: 'orders')"),
    "rust": ("rs", 'use rdkafka::X; fn f() { client.publish("orders", x); }'),
}
SUBSCRIBE: dict[str, tuple[str, str]] = {
    "kafka-python": ("py", "from kafka import KafkaConsumer\nc = KafkaConsumer('orders', group_id='g')"),
    "confluent": ("py", "from confluent_kafka import Consumer\nconsumer.subscribe(['orders'])"),
    "pika": ("py", "import pika\nch.basic_consume(queue='orders', on_message_callback=f)"),
    "redis": ("py", "import redis\npubsub.subscribe('orders')"),
    "spring": ("java", 'class A { @KafkaListener(topics = "orders", groupId = "g") void f(B b) {} }'),
    "spring list": ("java", 'class A { @KafkaListener(topics = {"orders"}) void f(B b) {} }'),
    "rabbit": ("java", 'class A { @RabbitListener(queues = "orders") void f(B b) {} }'),
    "jms": ("java", 'class A { @JmsListener(destination = "orders") void f(B b) {} }'),
    "sqs": ("java", 'class A { @SqsListener("orders") void f(B b) {} }'),
    "micronaut": ("java", '@KafkaListener class A { @Topic("orders") void f(B b) {} }'),
    "kotlin": ("kt", 'class A { @KafkaListener(topics = ["orders"]) fun f(b: B) {} }'),
    "reader": (
        "go",
        'package a\nimport "kafka"\nfunc f() { r := kafka.NewReader(kafka.ReaderConfig{Topic: "orders"}) }',
    ),
    "go amqp": (
        "go",
        'package a\nimport "amqp"\nfunc f() { ch.Consume("orders", "", true, false, false, false, nil) }',
    ),
    "declared": (
        "go",
        'package a\nimport "amqp"\nfunc f() {\n q, err := ch.QueueDeclare("orders", true)\n ch.Consume(q.Name, "")\n}',
    ),
    "nats queue": ("go", 'package a\nimport "nats"\nfunc f() { nc.QueueSubscribe("orders", "workers", h) }'),
    "kafkajs": ("ts", "import { Kafka } from 'kafkajs'\nawait consumer.subscribe({ topic: 'orders' })"),
    "amqplib": ("js", "const a = require('amqplib')\nchannel.consume('orders', f)"),
    "nest": ("ts", "import x from '@nestjs/microservices'\nclass A { @EventPattern('orders') f() {} }"),
    "rabbit net": (
        "cs",
        'using RabbitMQ.Client; class A { void F() { ch.BasicConsume(queue: "orders", autoAck: true); } }',
    ),
    "dapr net": ("cs", 'using Dapr; class A { [Topic("pubsub", "orders")] void F() {} }'),
    "typed bus": ("cs", "using MassTransit; class A : IConsumer<Orders> { }"),
    "php": ("php", "<?php use PhpAmqpLib\\X; $channel->basic_consume('orders', '', false);"),
}


@pytest.mark.parametrize("client", PUBLISH)
def test_publishers(client: str) -> None:
    suffix, text = PUBLISH[client]
    found = channels(**{f"shop__main_{suffix}": text})
    assert {name: (each.publishers, each.subscribers) for name, each in found.items()} == {"orders": (("shop",), ())}


@pytest.mark.parametrize("client", SUBSCRIBE)
def test_subscribers(client: str) -> None:
    suffix, text = SUBSCRIBE[client]
    found = channels(**{f"mail__main_{suffix}": text})
    assert {name: (each.publishers, each.subscribers) for name, each in found.items()} == {"orders": ((), ("mail",))}


@pytest.mark.parametrize(
    "text",
    [
        "import kafka\nlogger.send('orders')",
        "import redis\nsubscribe_to_newsletter('orders')",
        "producer.send('orders')",
        "import kafka\nassert topic == 'orders'",
        "import redis\ncache.get('orders')",
    ],
)
def test_what_is_no_client_of_a_broker_says_nothing(text: str) -> None:
    assert channels(shop__main_py=text) == {}


def test_a_queue_is_the_exchange_that_it_is_bound_to() -> None:
    found = channels(
        shop__main_py="import pika\nch.basic_publish(exchange='orders', routing_key='made', body=b)",
        mail__main_go=(
            'package a\nimport "amqp"\nfunc f() {\n q, err := ch.QueueDeclare("mail-q", true)\n'
            ' ch.QueueBind("mail-q", "made", "orders", false, nil)\n ch.Consume("mail-q", "")\n}'
        ),
    )
    (channel,) = found.values()
    assert (channel.name, channel.publishers, channel.subscribers) == ("orders", ("shop",), ("mail",))
    assert channel.broker == "rabbitmq"


def test_names_come_from_constants_of_other_files_settings_and_the_environment() -> None:
    found = channels(
        shop__Topics_java='class Topics { static final String MADE_TOPIC = "orders.made"; }',
        shop__A_java="class A { KafkaTemplate k; void f() { kafkaTemplate.send(Topics.MADE_TOPIC, v); } }",
        mail__main_py="import kafka, os\nTOPIC = os.getenv('MAIL_TOPIC', 'orders.made')\nconsumer.subscribe([TOPIC])",
    )
    assert found["orders.made"].publishers == ("shop",)
    assert found["orders.made"].subscribers == ("mail",)
    found = channels(
        shop__main_js="const { Kafka } = require('kafkajs')\nproducer.send({ topic: process.env.ORDERS_TOPIC })"
    )
    assert found["orders.made"].publishers == ("shop",)


def test_spring_reads_its_names_from_settings() -> None:
    code = [SourceFile("shop/A.java", b'class A { @KafkaListener(topics = "${shop.topic.made}") void f(B b) {} }')]
    files = [
        SourceFile("compose.yaml", COMPOSE.encode()),
        SourceFile("shop/application.yml", b"shop: {topic: {made: orders}}\n"),
        SourceFile("mail/application.yml", b"spring.cloud.stream.bindings: {send-out-0: {destination: orders}}\n"),
    ]
    seen = observe(files, code=CodeFiles(["shop/A.java"], lambda: code))
    (channel,) = seen.channels
    assert (channel.name, channel.publishers, channel.subscribers) == ("orders", ("mail",), ("shop",))


def test_what_cannot_be_told_is_said_and_makes_no_channel() -> None:
    code = [
        SourceFile("shop/a.py", b"import kafka\ndef f(topic_of_order):\n    producer.send(pick(topic_of_order), b'')")
    ]
    seen = observe([SourceFile("compose.yaml", COMPOSE.encode())], code=CodeFiles(["shop/a.py"], lambda: code))
    assert seen.channels == ()
    assert [each for each in seen.notes if "shop publishes, and what pick(topic_of_order) is cannot be read" in each]
    assert seen.whole


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("OrderPlaced", "order-placed"),
        ("orders.made", "orders.made"),
        ("arn:aws:sns:eu:1:made", "made"),
        ("https://sqs.eu/1/made", "made"),
        ("a//b__c", "a-b_c"),
        ("9lives", "c-9lives"),
        ("orders.*", "orders"),
    ],
)
def test_channels_are_named_as_manifests_name_them(given: str, name: str) -> None:
    assert channel_name(given) == name


def test_the_draft_declares_them_and_passes_check(tmp_path: Path) -> None:
    source = tmp_path / "system"
    for folder, text in (("shop", PUBLISH["kafka-python"][1]), ("mail", SUBSCRIBE["kafka-python"][1])):
        (source / folder).mkdir(parents=True)
        (source / folder / "main.py").write_text(text)
    kafka = "  kafka: {image: 'bitnami/kafka:3', ports: ['9092:9092']}\n"
    (source / "compose.yaml").write_text(COMPOSE + kafka)
    manifests = tmp_path / "manifests"
    import_system([source], manifests, "trial")
    assert "orders: {broker: kafka}" in (manifests / "platform.yaml").read_text()
    assert "publishes: [orders]" in (manifests / "shop.yaml").read_text()
    assert "subscribes: [orders]" in (manifests / "mail.yaml").read_text()
    assert "public: true" not in (manifests / "kafka.yaml").read_text()
    found = check_system(find(manifests), None, None, date(2026, 1, 1)).findings
    assert [each for each in found if "channel" in each.rule] == []
