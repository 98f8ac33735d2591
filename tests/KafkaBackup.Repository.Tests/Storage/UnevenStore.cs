using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;

namespace KafkaBackup.Repository.Tests.Storage;

/// <summary>Answers sooner or later, so that whoever is at work is overtaken anywhere.</summary>
internal sealed class UnevenStore(IObjectStore inner, int seed) : DelegatingStore(inner)
{
    private readonly Random random = new(seed);

    public override async Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        await PauseAsync();
        return await base.CreateAsync(name, content, cancellationToken);
    }

    public override async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        await PauseAsync();
        return await base.OpenReadAsync(name, offset, length, cancellationToken);
    }

    public override async Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default)
    {
        await PauseAsync();
        return await base.GetLengthAsync(name, cancellationToken);
    }

    public override async Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        await PauseAsync();
        await base.DeleteAsync(name, cancellationToken);
    }

    private async Task PauseAsync()
    {
        int turns;
        lock (random)
            turns = random.Next(8) == 0 ? random.Next(400) : random.Next(6);
        for (; turns >= 0; turns--)
            await Task.Yield();
    }
}
