using KafkaBackup.Repository.Indexes;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Fuzzing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Indexes;

/// <summary>Index files of a real broker, damaged at random: they are read, and looked up in, or refused.</summary>
public sealed class FuzzedIndexTests(ITestOutputHelper output)
{
    [Fact]
    public void A_damaged_index_is_read_or_refused()
    {
        var corpus = FixtureLog.All().SelectMany(log => Directory.GetFiles(log.Path, "*index")).Select(path => (Kind: Path.GetExtension(path), Bytes: File.ReadAllBytes(path)))
            .Where(file => file.Bytes.Length > 0).GroupBy(file => file.Kind).Select(kind => (kind.Key, kind.Select(file => file.Bytes).ToArray())).ToArray();
        Assert.Equal(3, corpus.Length);
        var random = new Random(TestSize.Seed);
        var run = new FuzzRun(typeof(InvalidDataException));
        for (var i = 0; i < TestSize.Of(10_000, 200_000); i++)
        {
            var (kind, files) = corpus[i % corpus.Length];
            var bytes = Mutation.Of(files[random.Next(files.Length)], random);
            // Most files a broker leaves are a multiple of an entry's size, and so are most that are bent.
            if (i % 4 != 0)
                bytes = bytes[..(bytes.Length - (bytes.Length % (kind == ".index" ? OffsetIndex.EntrySize : kind == ".timeindex" ? TimeIndex.EntrySize : TransactionIndex.EntrySize)))];
            run.Try(() => LookUp(kind, bytes, random.NextInt64()));
        }

        output.WriteLine($"indexes, seed {TestSize.Seed}: {run}");
        Assert.InRange(run.MostAllocated, 0, 1 << 20);
        Assert.True(run.Read > 0 && run.Refused > 0);
    }

    private static void LookUp(string kind, byte[] bytes, long what)
    {
        switch (kind)
        {
            case ".index":
                OffsetIndex.Read(bytes, 0).PositionOf(what);
                break;
            case ".timeindex":
                TimeIndex.Read(bytes, 0).OffsetBefore(what);
                break;
            default:
                Assert.NotNull(TransactionIndex.Read(bytes).Ranges().ToList());
                break;
        }
    }
}
