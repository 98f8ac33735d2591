using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;

namespace KafkaBackup.Repository.Tests.Reading;

/// <summary>Counts the readings, and the bytes that are really taken out of a store.</summary>
internal sealed class ReadCounter(IObjectStore store) : DelegatingStore(store)
{
    public int Reads { get; private set; }

    public long Bytes { get; private set; }

    public long SegmentBytes { get; private set; }

    public override async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        // What was asked for counts, whether or not it is taken: a store over a network has sent it.
        var stream = await base.OpenReadAsync(name, offset, length, cancellationToken);
        Reads++;
        Bytes += stream.Length;
        SegmentBytes += name.EndsWith(".log", StringComparison.Ordinal) ? stream.Length : 0;
        return stream;
    }
}
