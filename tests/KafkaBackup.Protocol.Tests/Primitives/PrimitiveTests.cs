using CsCheck;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Protocol.Tests.Primitives;

/// <summary>What is written is read back, in the classic and in the flexible encoding.</summary>
public sealed class PrimitiveTests
{
    [Fact]
    public void Varints_are_read_back_and_take_the_length_that_is_said() =>
        Gen.Select(Gen.Int, Gen.Long, Gen.UInt, Gen.Int[0, 63]).Sample((i, l, u, shift) =>
        {
            var bytes = new byte[Varint.MaxLength64];
            foreach (var value in new[] { i, i >> shift, int.MinValue, int.MaxValue, 0, -1 })
            {
                var length = Varint.Write32(bytes, value);
                Assert.Equal((value, length), Varint.Read32(bytes));
                Assert.Equal(length, Varint.Length(value));
                Assert.Equal(0, Varint.Read32(bytes.AsSpan(0, length - 1)).Length);
            }

            foreach (var value in new[] { l, l >> shift, long.MinValue, long.MaxValue })
            {
                var length = Varint.Write64(bytes, value);
                Assert.Equal((value, length), Varint.Read64(bytes));
                Assert.Equal(length, Varint.Length(value));
            }

            var unsigned = u >> (shift % 32);
            Assert.Equal((unsigned, Varint.WriteUnsigned(bytes, unsigned)), Varint.ReadUnsigned(bytes));
        });

    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(63, "7E")]
    [InlineData(-64, "7F")]
    [InlineData(64, "8001")]
    [InlineData(int.MaxValue, "FEFFFFFF0F")]
    [InlineData(int.MinValue, "FFFFFFFF0F")]
    public void Signed_varints_are_zigzag_coded(int value, string hex)
    {
        var bytes = new byte[Varint.MaxLength32];
        Assert.Equal(hex, Convert.ToHexString(bytes, 0, Varint.Write32(bytes, value)));
    }

    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(2_147_483_648, "8080808010")] // 24.8 days in milliseconds: one more than an int holds
    [InlineData(-2_147_483_649, "8180808010")]
    [InlineData(long.MaxValue, "FEFFFFFFFFFFFFFFFF01")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    public void Signed_varlongs_are_zigzag_coded(long value, string hex)
    {
        var bytes = new byte[Varint.MaxLength64];
        Assert.Equal(hex, Convert.ToHexString(bytes, 0, Varint.Write64(bytes, value)));
        Assert.Equal((value, hex.Length / 2), Varint.Read64(bytes));
        Assert.Equal(hex.Length / 2, Varint.Length(value));
    }

    [Theory]
    [InlineData(uint.MaxValue, "FFFFFFFF0F")]
    [InlineData(128u, "8001")]
    [InlineData(127u, "7F")]
    public void Unsigned_varints_take_seven_bits_a_byte(uint value, string hex)
    {
        var bytes = new byte[Varint.MaxLength32];
        Assert.Equal(hex, Convert.ToHexString(bytes, 0, Varint.WriteUnsigned(bytes, value)));
        Assert.Equal((value, hex.Length / 2), Varint.ReadUnsigned(bytes));
    }

    [Theory]
    [InlineData("FFFFFFFFFF01")]
    [InlineData("8080808080")]
    [InlineData("FFFFFFFF1F")]
    [InlineData("")]
    public void A_varint_longer_than_32_bits_is_none(string hex) => Assert.Equal(0, Varint.ReadUnsigned(Convert.FromHexString(hex)).Length);

    [Fact]
    public void A_varlong_longer_than_64_bits_is_none() => Assert.Equal(0, Varint.Read64(Convert.FromHexString("FFFFFFFFFFFFFFFFFF7F")).Length);

    [Fact]
    public void Fields_are_read_back_in_both_encodings() =>
        Gen.Select(AnySample, Gen.Bool, Gen.Short[0, 2]).Sample((sample, flexible, version) =>
        {
            using var writer = new WireWriter(version, flexible);
            writer.Struct(sample);
            var reader = new WireReader(writer.Written, version, flexible);
            var read = reader.Struct<Sample>(null);
            Assert.Equal(0, reader.Remaining);
            Assert.Equal(sample.Describe(version, flexible), read.Describe(version, flexible));
        });

    [Fact]
    public void A_null_where_none_may_be_is_malformed()
    {
        Assert.Throws<MalformedMessageException>(() => new WireReader(new byte[] { 0xff, 0xff }).String(""));
        Assert.Throws<MalformedMessageException>(() => new WireReader(new byte[] { 0xff, 0xff, 0xff, 0xff }).Bytes(default));
        Assert.Throws<MalformedMessageException>(() => new WireReader(new byte[] { 0xff, 0xff, 0xff, 0xff }).Array<Sample>([]));
        Assert.Throws<MalformedMessageException>(() => new WireReader(new byte[] { 0 }, 0, flexible: true).StringArray([]));
    }

    [Fact]
    public void A_string_too_long_for_its_length_is_not_written() =>
        Assert.Throws<ArgumentException>(() =>
        {
            using var writer = new WireWriter();
            writer.String(new string('x', short.MaxValue + 1));
        });

    private static readonly Gen<byte[]> Blob = Gen.Byte.Array[0, 300];

    private static readonly Gen<Sample> AnySample =
        Gen.Select(Gen.Int, Gen.Long, Gen.String.Null(), Blob.Null(), Gen.Int.Array[0, 20].Null(), Gen.String.Array[0, 5], Gen.UInt, Gen.Bool)
            .Select((i, l, text, bytes, numbers, texts, tag, flag) => new Sample
            {
                Flag = flag,
                Small = (short)i,
                Number = i,
                Large = l,
                Id = new Guid(i, (short)l, 3, 4, 5, 6, 7, 8, 9, 10, 11),
                Text = text,
                Data = bytes is null ? default(ReadOnlyMemory<byte>?) : bytes,
                Numbers = numbers,
                Texts = texts,
                UnknownTags = bytes is null ? [] : [new TaggedField(tag, bytes)],
            });

    private sealed record Sample : WireStruct
    {
        public bool Flag { get; set; }

        public short Small { get; set; }

        public int Number { get; set; }

        public long Large { get; set; }

        public Guid Id { get; set; }

        public string? Text { get; set; }

        public ReadOnlyMemory<byte>? Data { get; set; }

        public IReadOnlyList<int>? Numbers { get; set; }

        public IReadOnlyList<string> Texts { get; set; } = [];

        public override void Describe(Wire wire)
        {
            Flag = wire.Bool(Flag);
            Small = wire.Int16(Small, until: 1);
            Number = wire.Int32(Number, since: 1);
            Large = wire.Int64(Large);
            Id = wire.Uuid(Id);
            Text = wire.NullableString(Text);
            Data = wire.NullableBytes(Data);
            Numbers = wire.NullableInt32Array(Numbers);
            Texts = wire.StringArray(Texts, since: 2);
        }

        public string Describe(short version, bool flexible) => string.Join(
            ' ',
            Flag,
            version <= 1 ? Small : 0,
            version >= 1 ? Number : 0,
            Large,
            Id,
            Text is null ? "null" : Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(Text)),
            Data is { } data ? Convert.ToHexString(data.Span) : "null",
            Numbers is null ? "null" : string.Join(',', Numbers),
            version >= 2 ? string.Join(',', Texts.Select(t => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(t)))) : "",
            flexible ? string.Join(',', UnknownTags.Select(t => $"{t.Tag}={Convert.ToHexString(t.Data.Span)}")) : "");
    }
}
