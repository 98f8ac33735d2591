using System.Text.Json;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies what restores and prunes keep account with, and whether it speaks of an epoch behind the last.</summary>
internal sealed class ArtefactVerifier(IObjectStore store, VerificationLog log)
{
    /// <param name="last">The last epoch that is there.</param>
    /// <param name="level">At the quick level only pins are read.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    public async Task VerifyAsync(long last, VerificationLevel level, CancellationToken cancellationToken)
    {
        foreach (var prefix in (string[])[RepositoryNames.Restores, RepositoryNames.Prunes])
        {
            try
            {
                await VerifyAsync(prefix, last, level, cancellationToken);
            }
            catch (DamagedObjectException e)
            {
                // The name of a topic that names here hide. At the full level it is told already, with all others.
                if (level == VerificationLevel.Quick)
                    log.Found(new VerificationFinding(e.Name, e.Problem));
            }
        }
    }

    private async Task VerifyAsync(string prefix, long last, VerificationLevel level, CancellationToken cancellationToken)
    {
        await foreach (var found in store.ListAsync(prefix, cancellationToken))
        {
            var isPin = found.Name == RepositoryNames.Pin(found.Name.Split('/')[1]);
            if ((isPin || level == VerificationLevel.Full) && await TryReadAsync(found.Name, cancellationToken) is { } json && isPin)
                CheckPin(found.Name, json, last);
        }
    }

    private async Task<byte[]?> TryReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var json = await store.ReadAllAsync(name, cancellationToken);
            Checksum.Check(name, json);
            return json;
        }
        catch (DamagedObjectException e)
        {
            log.Found(new VerificationFinding(name, e.Problem));
        }
        catch (ObjectNotFoundException)
        {
            // It went away since it was listed: a prune has ended, or a restore was refused.
        }
        catch (IOException e)
        {
            log.Found(new VerificationFinding(name, $"it can't be read: {RepositoryException.WhatOf(e)}"));
        }

        return null;
    }

    /// <summary>A restore was of an epoch: if there is none so high, the last manifests are gone.</summary>
    private void CheckPin(string name, byte[] json, long last)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, RepositoryJson.Default.RestorePin)!.Epoch is var epoch && epoch > last)
                log.Found(new VerificationFinding(RepositoryNames.Epoch(epoch), $"it is missing: {name} says that it was restored", epoch));
        }
        catch (JsonException e)
        {
            log.Found(new VerificationFinding(name, RepositoryException.WhatOf(e)));
        }
    }
}
