using System.Text.Json;
using CsCheck;
using KafkaBackup.Repository.Epochs;
using Xunit;

namespace KafkaBackup.Repository.Tests.Epochs;

/// <summary>A partition of an epoch is read and written by hand as the serializer does it.</summary>
public sealed class PartitionEpochConverterTests
{
    private const string Good = """{"partition":1,"logStart":2,"from":3,"to":4,"leaderEpoch":5,"batches":6,"records":7,"bytes":8,"maxTimestamp":9,"digest":"aa"}""";

    /// <summary>The serializer's own way.</summary>
    private static readonly JsonSerializerOptions Usual = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static readonly JsonSerializerOptions ByHand = new() { Converters = { new PartitionEpochConverter() } };

    private static readonly Gen<PartitionEpoch> Any =
        Gen.Select(Gen.Int, Gen.Long.Array[7], Gen.Int, Gen.Frequency((1, Gen.Const((string?)null)), (3, Gen.String.Select(text => (string?)text))))
            .Select((partition, longs, epoch, digest) => new PartitionEpoch(partition, longs[0], longs[1], longs[2], epoch, longs[3], longs[4], longs[5], longs[6], digest));

    [Fact]
    public void Both_write_the_same_bytes_and_read_the_same_value() => Any.Sample(partition =>
    {
        var json = JsonSerializer.Serialize(partition, Usual);
        Assert.Equal(json, JsonSerializer.Serialize(partition, ByHand));
        Assert.Equal(JsonSerializer.Deserialize<PartitionEpoch>(json, Usual), JsonSerializer.Deserialize<PartitionEpoch>(json, ByHand));
    }, iter: 500);

    [Fact]
    public void Members_come_in_any_order_and_those_of_later_versions_are_passed_over()
    {
        var members = Good[1..^1].Split(',').Append("\"newer\":{\"a\":[1,{\"to\":99}]}").Append("\"another\":null").ToArray();
        Gen.Shuffle(members).Sample(
            shuffled => Assert.Equal(new PartitionEpoch(1, 2, 3, 4, 5, 6, 7, 8, 9, "aa"), JsonSerializer.Deserialize<PartitionEpoch>($"{{{string.Join(',', shuffled)}}}", ByHand)),
            iter: 200);
    }

    [Fact]
    public void A_member_that_is_missing_or_of_another_type_is_refused()
    {
        foreach (var member in Good[1..^1].Split(','))
        {
            var name = member.Split(':')[0];
            foreach (var wrong in (string[])[Good.Replace($"{member},", "").Replace($",{member}", ""), Good.Replace(member, $"{name}:[]"), Good.Replace(member, $"{name}:true"), Good.Replace(member, $"{name}:1.5")])
                Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<PartitionEpoch>(wrong, ByHand));
            if (name != "\"digest\"")
                Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<PartitionEpoch>(Good.Replace(member, $"{name}:null"), ByHand));
        }

        foreach (var wrong in (string[])["7", "[]", "\"a\"", Good[..^1]])
            Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<PartitionEpoch>(wrong, ByHand));
    }
}
