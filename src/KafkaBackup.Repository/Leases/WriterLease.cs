using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Leases;

/// <summary>
/// The lease of a repository's writer: so that two writers do not do the same work, of which one would be for nothing. It protects no data; the manifest's number does.
/// A lease is a row of terms, objects with rising numbers, of which the highest says who writes. Who creates the next number has it: to renew, to take
/// over, to return. Whether a writer is silent is told by watching it for as long as it may be silent, so that no clock is compared with another's.
/// </summary>
/// <param name="store">The repository's store.</param>
/// <param name="holder">Who is to have it.</param>
/// <param name="options">How long a writer may be silent.</param>
/// <param name="time">The clock.</param>
public sealed class WriterLease(IObjectStore store, LeaseHolder holder, LeaseOptions options, TimeProvider time)
{
    private const int LooksPerPatience = 10;

    /// <summary>How often it is to be renewed.</summary>
    public TimeSpan RenewalInterval => options.Patience / 3;

    /// <summary>Takes the lease, or renews it where this run has it. Where another run has it, it is watched, and its place taken if it stays silent.</summary>
    /// <exception cref="LeaseHeldException">The other run is alive.</exception>
    public async Task TakeAsync(CancellationToken cancellationToken = default)
    {
        (long Term, LeaseRecord? Record) watched = (-1, null);
        var since = time.GetTimestamp();
        while (true)
        {
            var (term, record) = await HighestAsync(cancellationToken);
            if (record is null || record.IsReturned || record.Holder == holder.Run || (watched.Term == term && time.GetElapsedTime(since) >= options.Patience))
            {
                if (await TryBeginAsync(term, isReturned: false, cancellationToken))
                    return;
                continue;
            }

            if (watched.Record?.Holder == record.Holder && watched.Term != term)
                throw new LeaseHeldException(record.Holder, record.Host);
            if (watched.Term != term)
                (watched, since) = ((term, record), time.GetTimestamp());
            await Task.Delay(options.Patience / LooksPerPatience, time, cancellationToken);
        }
    }

    /// <summary>Renews the lease.</summary>
    /// <returns>False if this run has returned it, here or elsewhere.</returns>
    /// <exception cref="LeaseLostException">Another run has taken this one's place.</exception>
    public async Task<bool> RenewAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var (term, record) = await HighestAsync(cancellationToken);
            if (record is not null && record.Holder != holder.Run)
                throw new LeaseLostException(record.Holder, record.Host);
            if (record is { IsReturned: true })
                return false;
            if (await TryBeginAsync(term, isReturned: false, cancellationToken))
                return true;
        }
    }

    /// <summary>Returns the lease, if this run still has it: the next writer need not wait.</summary>
    public async Task ReturnAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var (term, record) = await HighestAsync(cancellationToken);
            if (record is null || record.IsReturned || record.Holder != holder.Run || await TryBeginAsync(term, isReturned: true, cancellationToken))
                return;
        }
    }

    /// <summary>Begins the term after this one; false if somebody else has begun it.</summary>
    private async Task<bool> TryBeginAsync(long term, bool isReturned, CancellationToken cancellationToken)
    {
        try
        {
            await store.CreateAsync(LeaseRecord.NameOf(term + 1), LeaseRecord.Of(holder, time.GetUtcNow(), isReturned).Write(), cancellationToken);
        }
        catch (ObjectConflictException)
        {
            return false;
        }

        var terms = await TermsAsync(cancellationToken);
        foreach (var old in terms)
        {
            // Never the highest: the numbers would begin again, and a writer that slept take an old one for its own.
            if (old <= term)
                await store.DeleteAsync(LeaseRecord.NameOf(old), cancellationToken);
        }

        // Who slept between looking and creating may have created a number that others have passed, and removed, long ago.
        return terms[^1] == term + 1;
    }

    private async Task<(long Term, LeaseRecord? Record)> HighestAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var terms = await TermsAsync(cancellationToken);
            if (terms.Count == 0)
                return (0, null);
            var (term, name) = (terms[^1], LeaseRecord.NameOf(terms[^1]));
            try
            {
                return (term, LeaseRecord.Read(name, await store.ReadAllAsync(name, cancellationToken)));
            }
            catch (ObjectNotFoundException)
            {
                // A higher one has come meanwhile, and this one has gone.
            }
            catch (DamagedObjectException)
            {
                // It says nothing, so that nobody is known to hold it.
                return (term, null);
            }
        }
    }

    private async Task<List<long>> TermsAsync(CancellationToken cancellationToken)
    {
        var terms = new List<long>();
        await foreach (var found in store.ListAsync(LeaseRecord.Folder, cancellationToken))
        {
            if (LeaseRecord.TermOf(found.Name) is { } term)
                terms.Add(term);
        }

        return terms;
    }
}
