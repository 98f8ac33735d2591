using System.Text;
using KafkaBackup.Protocol.Messages;
using Xunit;

namespace KafkaBackup.Protocol.Tests.Messages;

/// <summary>
/// Versions of which there is no transcript, for Kafka 2.4.1 did not speak them: frames written out by hand from Kafka's schemas. In them
/// blanks part the fields, and 'text' stands for its bytes.
/// </summary>
public sealed class SchemaFrameTests
{
    /// <summary>The versions that are held by these frames instead of a transcript.</summary>
    public static readonly IReadOnlyList<ApiKey> WithoutTranscript = [ApiKey.DescribeClientQuotas, ApiKey.AlterClientQuotas];

    public static readonly TheoryData<ApiKey, short, string, string> Frames = new()
    {
        {
            ApiKey.DescribeClientQuotas, 0,
            "0030 0000 00000007 0001'c'  00000001 0004'user' 00 0002'al' 01",
            "00000007  00000000 0000 ffff 00000001  00000001 0004'user' ffff  00000001 0012'producer_byte_rate' 4090000000000000"
        },
        {
            ApiKey.DescribeClientQuotas, 1,
            "0030 0001 00000008 0001'c' 00  02 05'user' 01 00 00  00 00",
            "00000008 00  00000000 0000 00 02  02 05'user' 03'al' 00  02 13'producer_byte_rate' 4090000000000000 00 00  00"
        },
        {
            ApiKey.AlterClientQuotas, 0,
            "0031 0000 00000009 0001'c'  00000001  00000001 0009'client-id' 0001'x'  00000001 0012'consumer_byte_rate' 40f86a0000000000 01  00",
            "00000009  00000005 00000001 0000 ffff  00000001 0009'client-id' 0001'x'"
        },
        {
            ApiKey.AlterClientQuotas, 1,
            "0031 0001 0000000a 0001'c' 00  02  02 0a'client-id' 00 00  02 13'consumer_byte_rate' 40f86a0000000000 00 00 00  01 00",
            "0000000a 00  00000000 02 002a 04'bad'  02 0a'client-id' 00 00 00  00"
        },
        {
            ApiKey.Metadata, 10,
            "0003 000a 0000000b 0001'c' 00  02 00112233445566778899aabbccddeeff 00 00  00 01 01 00",
            "0000000b 00  00000000 02 00000001 02'h' 00002384 00 00  04'abc' 00000001  02 0000 02't' 00112233445566778899aabbccddeeff 00 "
            + "02 0000 00000000 00000001 00000005 02 00000001 02 00000001 01 00  80000000 00  00000fff 00"
        },
        {
            ApiKey.Metadata, 12,
            "0003 000c 0000000c 0001'c' 00  02 00000000000000000000000000000000 02't' 00  00 00 00",
            "0000000c 00  00000000 01 04'abc' ffffffff  02 0064 00 00112233445566778899aabbccddeeff 00 01 80000000 00  00"
        },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public void A_frame_written_from_the_schema_is_read_and_written_back_byte_for_byte(ApiKey key, short version, string request, string response)
    {
        var api = Apis.Of(key);
        var requestBytes = Bytes(request);
        var (header, body) = Protocol.Messages.Frames.ReadRequestHeader(requestBytes);
        Assert.Equal((key, version), (header.Key, header.Version));
        using var writtenRequest = Protocol.Messages.Frames.WriteRequest(header, Protocol.Messages.Frames.ReadRequest(api, body));
        Assert.Equal(0, body.Remaining);
        Assert.Equal(Convert.ToHexString(requestBytes), Convert.ToHexString(writtenRequest.Written.Span[4..]));
        var responseBytes = Bytes(response);
        var (responseHeader, read) = Protocol.Messages.Frames.ReadResponse(api, version, responseBytes);
        using var writtenResponse = Protocol.Messages.Frames.WriteResponse(api, version, responseHeader, read);
        Assert.Equal(Convert.ToHexString(responseBytes), Convert.ToHexString(writtenResponse.Written.Span[4..]));
    }

    [Fact]
    public void The_fields_of_such_a_frame_are_where_they_belong()
    {
        var quota = (DescribeClientQuotasResponse)Response(ApiKey.DescribeClientQuotas, 0);
        Assert.Equal(("user", null), (quota.Entries![0].Entity[0].EntityType, quota.Entries[0].Entity[0].EntityName));
        Assert.Equal(("producer_byte_rate", 1024.0), (quota.Entries[0].Values[0].Key, quota.Entries[0].Values[0].Value));
        var topic = ((MetadataResponse)Response(ApiKey.Metadata, 10)).Topics[0];
        Assert.Equal(("t", Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")), (topic.Name, topic.TopicId));
        Assert.Equal((5, 1), (topic.Partitions[0].LeaderEpoch, topic.Partitions[0].LeaderId));
    }

    private static Response Response(ApiKey key, short version)
    {
        var row = Frames.Select(f => f.Data).Single(f => f.Item1 == key && f.Item2 == version);
        return Protocol.Messages.Frames.ReadResponse(Apis.Of(key), version, Bytes(row.Item4)).Response;
    }

    private static byte[] Bytes(string frame) =>
        [.. frame.Split('\'').SelectMany((part, i) => i % 2 == 1 ? Encoding.ASCII.GetBytes(part) : Convert.FromHexString(part.Replace(" ", "", StringComparison.Ordinal)))];
}
