using System.Text.Json;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>What real clients produced to a real broker, produced to this one.</summary>
public sealed class ProduceTranscriptTests
{
    [Fact]
    public async Task What_a_real_broker_took_or_refused_is_taken_or_refused_alike()
    {
        var exchanges = File.ReadLines(ProjectTree.PathOf("tests", "KafkaBackup.Testing", "Fixtures", "wire", "00-Produce.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(e => e.GetProperty("response").ValueKind == JsonValueKind.String && e.GetProperty("apiVersion").GetInt16() >= Apis.Of(ApiKey.Produce).MinVersion)
            .ToList();
        var compared = new List<ErrorCode>();
        foreach (var exchange in exchanges)
        {
            var (header, body) = Frames.ReadRequestHeader(Convert.FromHexString(exchange.GetProperty("request").GetString()!));
            var request = (ProduceRequest)Frames.ReadRequest(Apis.Of(ApiKey.Produce), body);
            var answers = ((ProduceResponse)Frames.ReadResponse(Apis.Of(ApiKey.Produce), header.Version, Convert.FromHexString(exchange.GetProperty("response").GetString()!)).Response)
                .Topics.SelectMany(topic => topic.Partitions.Select(p => (topic.Topic, p))).ToDictionary(x => (x.Topic, x.p.Partition), x => x.p);
            foreach (var (topic, partition) in request.Topics.SelectMany(topic => topic.Partitions.Select(p => (topic.Topic, p))))
            {
                var expected = answers[(topic, partition.Partition)];
                // What is taken of a producer needs its whole history.
                if (partition.Records is not { } records || !BatchHeader.TryRead(records.Span, out var batch) || (batch.ProducerId >= 0 && expected.ErrorCode == ErrorCode.None))
                    continue;
                // The limit that the topic had there is between what was taken and what was not.
                await using var broker = TestBroker.StartWith(1, ("max.message.bytes", expected.ErrorCode == ErrorCode.MessageTooLarge ? $"{records.Length - 1}" : "20000"));
                using var client = await broker.ConnectAsync();
                var answer = (await client.AskAsync(Batches.Produce("t", records.ToArray(), acks: request.Acks), header.Version)).Topics.Single().Partitions.Single();
                Assert.Equal((expected.ErrorCode, expected.LogAppendTimeMs, expected.LogStartOffset), (answer.ErrorCode, answer.LogAppendTimeMs, answer.LogStartOffset));
                compared.Add(answer.ErrorCode);
            }
        }

        Assert.True(compared.Count > 20, $"{compared.Count} partitions");
        Assert.Contains(ErrorCode.MessageTooLarge, compared);
    }
}
