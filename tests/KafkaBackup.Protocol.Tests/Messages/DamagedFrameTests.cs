using CsCheck;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Protocol.Tests.Messages;

/// <summary>Frames cut short or altered: they are refused with one exception, and no length that they claim is believed.</summary>
public sealed class DamagedFrameTests
{
    private static readonly WireExchange[] Exchanges = [.. Fixtures.WireFiles.SelectMany(Fixtures.Exchanges).Where(IsSpoken)];

    private static readonly Gen<WireExchange> AnyExchange = Gen.Int[0, Exchanges.Length - 1].Select(i => Exchanges[i]);

    [Fact]
    public void A_truncated_frame_is_malformed() =>
        Gen.Select(AnyExchange, Gen.Double[0, 1]).Sample((exchange, cut) =>
        {
            if (!IsPadded(exchange))
                Assert.Throws<MalformedMessageException>(() => ReadRequest(exchange, Cut(exchange.Request, cut)));
            Assert.Throws<MalformedMessageException>(() => ReadResponse(exchange, Cut(exchange.Response!, cut)));
        }, iter: 2000);

    [Fact]
    public void Bytes_after_a_response_are_malformed_and_those_after_a_request_are_passed_over() =>
        AnyExchange.Sample(exchange =>
        {
            ReadRequest(exchange, [.. exchange.Request, 0]);
            Assert.Throws<MalformedMessageException>(() => ReadResponse(exchange, [.. exchange.Response!, 0]));
        }, iter: 500);

    [Fact]
    public void An_altered_frame_is_read_or_malformed_and_nothing_else() =>
        Gen.Select(AnyExchange, Gen.Double[0, 1], Gen.Byte.Array[1, 4]).Sample((exchange, where, noise) =>
        {
            ReadOrMalformed(() => ReadRequest(exchange, Alter(exchange.Request, where, noise)));
            ReadOrMalformed(() => ReadResponse(exchange, Alter(exchange.Response!, where, noise)));
        }, iter: 5000);

    [Fact]
    public void A_claimed_length_never_allocates()
    {
        byte[] claims = [0x7f, 0xff, 0xff, 0xff, .. new byte[64]];
        byte[] compactClaims = [0xff, 0xff, 0xff, 0xff, 0x0f, .. new byte[64]];
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var (bytes, flexible) in new[] { (claims, false), (compactClaims, true) })
        {
            Assert.Throws<MalformedMessageException>(() => new WireReader(bytes, 0, flexible).Bytes(default));
            Assert.Throws<MalformedMessageException>(() => new WireReader(bytes, 0, flexible).Int32Array([]));
            Assert.Throws<MalformedMessageException>(() => new WireReader(bytes, 0, flexible).Array<FetchTopic>([]));
            Assert.Throws<MalformedMessageException>(() => new WireReader(bytes, 0, flexible).String(""));
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void A_plausible_count_in_a_large_frame_allocates_no_more_than_its_elements_need()
    {
        var frame = new byte[4_000_000];
        frame.AsSpan().Fill(0xff);
        new byte[] { 0, 0x3d, 0, 0 }.CopyTo(frame, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MalformedMessageException>(() => new WireReader(frame).Array<FetchTopic>([]));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    // librdkafka's own: see Frames.ReadRequest.
    private static bool IsPadded(WireExchange exchange) => exchange.Client == "confluent-kafka-2.16.0 (metadata-all)";

    private static void ReadRequest(WireExchange exchange, byte[] frame)
    {
        var (header, body) = Frames.ReadRequestHeader(frame);
        if (header.Key == (ApiKey)exchange.ApiKey && header.Version == exchange.ApiVersion)
            Frames.ReadRequest(Apis.Of(header.Key), body);
    }

    private static bool IsSpoken(WireExchange exchange) =>
        exchange.Response is not null && Apis.All.TryGetValue((ApiKey)exchange.ApiKey, out var api) && api.Speaks(exchange.ApiVersion);

    private static void ReadResponse(WireExchange exchange, byte[] frame) =>
        Frames.ReadResponse(Apis.Of((ApiKey)exchange.ApiKey), exchange.ApiVersion, frame);

    private static void ReadOrMalformed(Action read)
    {
        try
        {
            read();
        }
        catch (MalformedMessageException)
        {
        }
    }

    private static byte[] Cut(byte[] frame, double where) => frame[..Math.Min(frame.Length - 1, (int)(where * frame.Length))];

    private static byte[] Alter(byte[] frame, double where, byte[] noise)
    {
        var altered = (byte[])frame.Clone();
        var at = Math.Min(frame.Length - 1, (int)(where * frame.Length));
        noise.AsSpan(0, Math.Min(noise.Length, frame.Length - at)).CopyTo(altered.AsSpan(at));
        return altered;
    }
}
