using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies merges: that none is missing below the newest, and what each says.</summary>
internal sealed class MergeVerifier(IObjectStore store, VerificationLog log)
{
    private readonly MergeJournal merges = new(store);

    /// <param name="last">The last epoch that is there, or that is verified.</param>
    /// <param name="isNewest">Whether it is the last that is there.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    /// <returns>The merges that can be read, and whether the newest can: without that one nothing of the repository is read.</returns>
    public async Task<(MergeView Merges, bool IsReadable)> VerifyAsync(long last, bool isNewest, CancellationToken cancellationToken)
    {
        var read = new List<Merge>();
        var newest = await merges.NewestAsync(cancellationToken);
        for (var number = 1L; number <= newest; number++)
        {
            var name = RepositoryNames.Merge(number);
            try
            {
                var merge = await merges.ReadAsync(number, cancellationToken);
                if (read.Count > 0 && merge.Epoch < read[^1].Epoch)
                    log.Found(new VerificationFinding(name, $"it was made at epoch {merge.Epoch}, and the one before at epoch {read[^1].Epoch}"));
                if (isNewest && merge.Epoch > last)
                    log.Found(new VerificationFinding(RepositoryNames.Epoch(merge.Epoch), $"it is missing: {name} says that it was the newest", merge.Epoch));
                read.Add(merge);
            }
            catch (Exception e) when (e is DamagedObjectException or UnsupportedFormatException or IOException)
            {
                log.Found(new VerificationFinding(name, (e as DamagedObjectException)?.Problem ?? RepositoryException.WhatOf(e)));
            }
        }

        return (new MergeView(read), newest == 0 || (read.Count > 0 && read[^1].Number == newest));
    }
}
