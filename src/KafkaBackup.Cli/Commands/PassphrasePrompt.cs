using KafkaBackup.Repository.Encryption;
using Spectre.Console;

namespace KafkaBackup.Cli.Commands;

/// <summary>Asks for a passphrase at the terminal, which does not show it.</summary>
internal sealed class PassphrasePrompt(string question, bool isNew) : ISecretSource
{
    /// <summary>A repository is not encrypted because there is a terminal, but a new passphrase is asked for to be used.</summary>
    public bool IsOnDemand => !isNew;

    /// <summary>Asks when a repository turns out to be encrypted; null where nobody can be asked.</summary>
    public static ISecretSource? OnDemand() => IsTerminal ? new RememberedSecret(new PassphrasePrompt("Passphrase of the repository:", isNew: false)) : null;

    /// <summary>Asks twice for a new one; null where nobody can be asked.</summary>
    public static ISecretSource? New() => IsTerminal ? new RememberedSecret(new PassphrasePrompt("New passphrase:", isNew: true)) : null;

    private static bool IsTerminal => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public async Task<RepositorySecret> ReadAsync(CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var passphrase = await AskAsync(console, question, cancellationToken);
        return !isNew || passphrase == await AskAsync(console, "The same again:", cancellationToken)
            ? RepositorySecret.OfPassphrase(passphrase, "the passphrase from the terminal")
            : throw new RepositoryKeyException("the two passphrases differ", "nothing was changed: run the command again");
    }

    private static Task<string> AskAsync(IAnsiConsole console, string question, CancellationToken cancellationToken) =>
        new TextPrompt<string>(question).Secret(null).AllowEmpty().ShowAsync(console, cancellationToken);
}
