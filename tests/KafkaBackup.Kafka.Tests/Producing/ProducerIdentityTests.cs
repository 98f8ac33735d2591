using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Producing;

/// <summary>What is rewritten in a batch before it is sent, and what is not.</summary>
public sealed class ProducerIdentityTests
{
    private static readonly ProducerIdentity Identity = new(4711, 3, 500);

    [Fact]
    public void Every_field_of_the_producer_is_ours_and_every_other_stays()
    {
        var stored = Some.With(
            Some.Batch(1_000, 5, CompressionType.Zstd, BatchAttributes.Transactional, producerId: 9),
            h => h with { PartitionLeaderEpoch = 12, BaseSequence = 77, ProducerEpoch = 8 });
        var header = Some.Take(stored).Header;
        var stamped = (byte[])stored.Clone();

        Identity.Stamp(stamped, 42);

        var batch = Some.Take(stamped);
        Assert.True(batch.HasValidCrc);
        Assert.Equal(
            header with
            {
                BaseOffset = 0,
                PartitionLeaderEpoch = -1,
                ProducerId = 4711,
                ProducerEpoch = 3,
                BaseSequence = 42,
                Attributes = (BatchAttributes)CompressionType.Zstd,
                Crc = batch.Header.Crc,
            },
            batch.Header);
        Assert.Equal(stored.AsSpan(BatchHeader.Size), stamped.AsSpan(BatchHeader.Size));
    }

    [Theory]
    [InlineData(BatchAttributes.Transactional)]
    [InlineData(BatchAttributes.DeleteHorizon)]
    public void The_bits_that_a_broker_must_not_see_are_cleared(BatchAttributes bit)
    {
        var batch = Some.Batch(0, 1, CompressionType.Lz4, bit, producerId: 1);
        Identity.Stamp(batch, 0);
        Assert.Equal((BatchAttributes)CompressionType.Lz4, Some.Take(batch).Header.Attributes);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 5)]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(1L << 31, 0)]
    [InlineData((1L << 31) + 7, 7)]
    [InlineData((5L << 31) - 1, int.MaxValue)]
    public void The_sequence_of_a_record_is_its_number_modulo_2_to_the_31(long record, int sequence)
    {
        Assert.Equal(sequence, ProducerIdentity.SequenceOf(record));
        var batch = Some.Batch(0, 3);
        Identity.Stamp(batch, record);
        Assert.Equal(sequence, Some.Take(batch).Header.BaseSequence);
    }

    [Fact]
    public void A_batch_whose_records_were_damaged_gets_no_CRC_that_hides_it()
    {
        var batch = Some.Batch(0, 5);
        batch[^1] ^= 4;
        Identity.Stamp(batch, 0);
        Assert.False(Some.Take(batch).HasValidCrc);
        batch[^1] ^= 4;
        Assert.True(Some.Take(batch).HasValidCrc);
    }

    [Fact]
    public void Half_a_header_can_not_be_stamped() => Assert.Throws<ArgumentException>(() => Identity.Stamp(Some.Batch(0).AsSpan(0, 40), 0));

    [Fact]
    public void A_later_identity_counts_its_sequence_from_its_own_first_record()
    {
        var batch = Some.Batch(0, 3);
        new ProducerIdentity(9, 1, 500, FirstRecord: 40).Stamp(batch, 46);
        Assert.Equal((9L, (short)1, 6), (Some.Take(batch).Header.ProducerId, Some.Take(batch).Header.ProducerEpoch, Some.Take(batch).Header.BaseSequence));
    }
}
