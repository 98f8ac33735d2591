using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Host.Errors;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>init</c>: makes a repository.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var repository = new RepositoryAccess();
        var encrypt = new Option<bool>("--encrypt") { Description = "Encrypt it, with a passphrase that the terminal asks for; it is encrypted too where a secret is given, and plain where both are left out" };
        var hide = new Option<bool>("--hide-topic-names") { Description = "Keep topics' names out of objects' names as well; only in an encrypted repository; off by default" };
        var json = CommonOptions.Json();
        var command = new Command("init", "Make a repository. The first backup makes one too; this is for choosing how it is encrypted, which can't be changed later.") { encrypt, hide, json };
        repository.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var asked = parsed.GetValue(encrypt) ? PassphrasePrompt.New() : null;
            var store = repository.StoreToMake(parsed, asked, parsed.GetValue(hide));
            if (store is not ProtectedObjectStore && (parsed.GetValue(encrypt) || parsed.GetValue(hide)))
                return Terminal.Fail(ExitCode.WrongUsage, "say where the secret is that it is to be encrypted with: --passphrase-file, --passphrase-variable or --key-file, or --encrypt at a terminal");
            if (await store.GetLengthAsync("repository.json", cancellation) is not null)
                return Terminal.Fail(ExitCode.Refused, "there is a repository already; nothing was changed");
            var made = await BackupRepository.OpenOrCreateAsync(store, TimeProvider.System, new RandomIdentities().New(), cancellation);
            var report = new InitReport(made.Id, store is ProtectedObjectStore, store is ProtectedObjectStore && parsed.GetValue(hide));
            Terminal.Print(report, parsed.GetValue(json), Tell);
            return 0;
        });
        return command;
    }

    private static void Tell(InitReport made) => Console.Out.WriteLine(
        $"made repository {made.Id}, {(!made.Encrypted ? "not encrypted" : made.HidesTopicNames ? "encrypted, with topics' names hidden" : "encrypted")}");

    private sealed record InitReport(Guid Id, bool Encrypted, bool HidesTopicNames);
}
