using System.Text.Json;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Retention;

/// <summary>
/// Keeps an epoch while it is restored. A restore writes its pin and then looks whether the epoch is being removed; who removes an epoch says so first (its stub) and then
/// looks for pins: whichever of them comes second sees the other. Source: FORMAT.md, "Removing epochs".
/// </summary>
/// <param name="store">The repository's store.</param>
public sealed class RestorePins(IObjectStore store)
{
    /// <summary>How long a pin without a report counts: a restore that was given up must not keep its epoch for ever.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(30);

    /// <summary>Keeps an epoch for a restore, until that has written its report.</summary>
    /// <exception cref="EpochNotFoundException">The epoch is removed, or is being removed.</exception>
    public async Task PinAsync(string restore, long epoch, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var name = RepositoryNames.Pin(restore);
        var isOurs = false;
        try
        {
            isOurs = await store.CreateAsync(
                name,
                Checksum.Append(JsonSerializer.SerializeToUtf8Bytes(new RestorePin(RepositoryNames.PinFormat, RepositoryNames.Version, epoch, now), RepositoryJson.Default.RestorePin)),
                cancellationToken) == CreateOutcome.Created;
        }
        catch (ObjectConflictException)
        {
            // An earlier attempt of the same restore has written it, at another time.
        }

        var isBeingRemoved = await store.GetLengthAsync(RepositoryNames.Stub(epoch), cancellationToken) is not null;
        if (!isBeingRemoved && await store.GetLengthAsync(RepositoryNames.Epoch(epoch), cancellationToken) is not null)
            return;
        // It would only delay the removal. One that an earlier attempt has written may have come before the removal: whoever did may be at work with it.
        if (isOurs)
            await store.DeleteAsync(name, cancellationToken);
        throw new EpochNotFoundException(epoch, isBeingRemoved);
    }

    /// <summary>The restores that are at work, with their epochs.</summary>
    internal async Task<IReadOnlyList<(string Restore, long Epoch)>> ListAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var pinned = new List<string>();
        var reported = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var found in store.ListAsync(RepositoryNames.Restores, cancellationToken))
        {
            var parts = found.Name.Split('/');
            if (found.Name == RepositoryNames.Pin(parts[1]))
                pinned.Add(parts[1]);
            else if (found.Name == RepositoryNames.Report(parts[1]))
                reported.Add(parts[1]);
        }

        var pins = new List<(string, long)>();
        foreach (var restore in pinned.Where(restore => !reported.Contains(restore)))
        {
            if (await ReadAsync(restore, cancellationToken) is { } pin && now - pin.Since <= Longest)
                pins.Add((restore, pin.Epoch));
        }

        return pins;
    }

    /// <returns>Null if its restore was refused since it was listed.</returns>
    private async Task<RestorePin?> ReadAsync(string restore, CancellationToken cancellationToken)
    {
        var name = RepositoryNames.Pin(restore);
        byte[] json;
        try
        {
            json = await store.ReadAllAsync(name, cancellationToken);
        }
        catch (ObjectNotFoundException)
        {
            return null;
        }

        FormatHeader.Check(name, json);
        Checksum.Check(name, json);
        return JsonSerializer.Deserialize(json, RepositoryJson.Default.RestorePin)!;
    }
}

/// <summary>A restore's pin. Source: FORMAT.md, "Removing epochs".</summary>
internal sealed record RestorePin(string Format, int Version, long Epoch, DateTimeOffset Since);
